using TurkishLlm.Model;

namespace TurkishLlm.Plans;

/// <summary>
/// Finds the key of a plan that a name means: a key without its section, a misspelled one, or a name of other tools.
/// </summary>
public static class PlanKeyFinder
{
    // Names in nanoGPT, Hugging Face Trainer, Lightning, torchtune, Axolotl and llama.cpp.
    private static readonly Dictionary<string, string> OtherNames = new(StringComparer.Ordinal)
    {
        ["run"] = "output_dir out_dir save_dir output outdir",
        ["name"] = "run_name exp_name experiment_name",
        ["seed"] = "random_seed manual_seed data_seed",
        ["device"] = "gpu gpus cuda accelerator",
        ["compute_dtype"] = "dtype precision bf16 fp16 amp mixed_precision torch_dtype half",
        ["threads"] = "num_threads n_threads num_workers",
        ["log_every"] = "logging_steps log_interval log_freq log_steps log_every_n_steps",
        ["model.n_layers"] = "n_layer num_layers num_hidden_layers depth",
        ["model.n_heads"] = "n_head num_heads num_attention_heads",
        ["model.n_kv_heads"] = "num_key_value_heads num_kv_heads",
        ["model.d_model"] = "n_embd hidden_size dim embed_dim width",
        ["model.d_ff"] = "intermediate_size ffn_dim hidden_dim",
        ["model.max_seq_len"] = "max_position_embeddings",
        ["data.tokenizer"] = "tokenizer_path tokenizer_name tokenizer_dir",
        ["data.shards"] = "data_path dataset data_dir train_data train_file dataset_path",
        ["warm_start.checkpoint"] = "pretrained model_name_or_path base_model pretrained_model",
        ["training.steps"] = "max_steps num_steps iters max_iters total_steps train_steps n_steps iterations num_iterations",
        ["training.epochs"] = "epoch num_epochs num_train_epochs max_epochs n_epochs",
        ["training.micro_batch_size"] = "batch batch_size bs train_batch_size per_device_train_batch_size micro_batch",
        ["training.accumulation_steps"] =
            "gradient_accumulation_steps gradient_accumulation grad_accum grad_accum_steps accumulate_grad_batches",
        ["training.sequence_length"] = "block_size seq_len seq_length context_length ctx ctx_len ctx_size n_ctx cutoff_len "
            + "max_seq_length",
        ["optimizer.learning_rate"] = "lr base_lr max_lr peak_lr",
        ["optimizer.minimum_learning_rate"] = "min_lr lr_min eta_min",
        ["optimizer.warmup_steps"] = "warmup warmup_iters lr_warmup_steps num_warmup_steps warmup_ratio",
        ["optimizer.schedule"] = "lr_scheduler_type lr_scheduler lr_schedule scheduler",
        ["optimizer.weight_decay"] = "wd",
        ["optimizer.gradient_clip"] = "clip grad_clip max_grad_norm gradient_clip_val clip_grad_norm",
        ["optimizer.beta1"] = "adam_beta1 b1",
        ["optimizer.beta2"] = "adam_beta2 b2",
        ["optimizer.epsilon"] = "eps adam_epsilon adam_eps",
        ["evaluation.every"] = "eval_steps eval_every eval_interval eval_freq val_every val_check_interval",
        ["evaluation.patience"] = "early_stopping_patience early_stopping",
        ["checkpoints.every"] = "save_steps save_every save_interval checkpoint_every ckpt_interval",
        ["checkpoints.keep_last"] = "save_total_limit save_top_k",
        ["logging"] = "report_to loggers",
        ["lora.rank"] = "lora_r lora_rank r",
        ["lora.alpha"] = "lora_alpha",
    };

    private static readonly Dictionary<string, string> Aliases = OtherNames
        .SelectMany(names => names.Value.Split(' ').Select(other => (Other: other, names.Key)))
        .ToDictionary(pair => pair.Other, pair => pair.Key, StringComparer.Ordinal);

    /// <summary>Names of other tools that have a key here.</summary>
    public static IReadOnlyCollection<string> KnownAliases => Aliases.Keys;

    /// <summary>Finds the dotted name of a key.</summary>
    /// <param name="name">The name, also with hyphens: <c>steps</c>, <c>--batch-size</c>, <c>training.stpes</c>.</param>
    /// <param name="keys">The keys of the plan.</param>
    /// <returns>The key, such as <c>training.steps</c>; null if none is meant clearly.</returns>
    public static string? Find(string name, IReadOnlyList<(string Path, PlanKey Key)> keys)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(keys);
        var paths = keys.Where(named => !named.Key.Type.IsMapping).Select(named => named.Path).ToArray();
        var wanted = name.TrimStart('-').Replace('-', '_').ToLowerInvariant();
        if (wanted.Length == 0) return null;
        if (paths.Contains(wanted)) return wanted;
        var last = wanted[(wanted.LastIndexOf('.') + 1)..];
        if (FindByLastPart(last, paths) is { } same) return same;
        if (Aliases.GetValueOrDefault(last) is { } known && paths.Contains(known)) return known;
        if (SpellingSuggestions.FindClosest(wanted, paths) is { } similar && wanted.Length > 3) return similar;
        return last.Length > 3 && SpellingSuggestions.FindClosest(last, paths.Select(GetLastPart)) is { } meant
            ? FindByLastPart(meant, paths)
            : null;
    }

    // The key of the outermost section: learning_rate is that of the optimizer, not that of its part for Muon.
    private static string? FindByLastPart(string name, string[] paths) =>
        paths.Where(path => GetLastPart(path) == name).GroupBy(path => path.Count(c => c == '.'))
            .MinBy(sameDepth => sameDepth.Key)?.ToArray() is [var only] ? only : null;

    private static string GetLastPart(string path) => path[(path.LastIndexOf('.') + 1)..];
}
