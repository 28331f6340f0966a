using System.Globalization;
using System.Text;
using TurkishLlm.Model.Lora;

namespace TurkishLlm.Plans;

/// <summary>Writes plans: every key with its value, in the order of the YAML file.</summary>
public static class PlanWriter
{
    /// <summary>A choice as plans write it.</summary>
    public static string GetName<T>(T choice) where T : struct, Enum => choice.ToString().ToLowerInvariant();

    /// <summary>The YAML text of a plan.</summary>
    public static string ToYaml(TrainingPlan plan)
    {
        var text = new StringBuilder();
        var section = "";
        foreach (var (key, value) in GetEntries(plan))
        {
            var dot = key.IndexOf('.', StringComparison.Ordinal);
            if (dot >= 0 && key[..dot] != section) text.Append('\n').Append(section = key[..dot]).Append(":\n");
            text.Append(dot < 0 ? "" : "  ").Append(key.AsSpan(dot + 1)).Append(": ").Append(value).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Every key of a plan with its value, in the order of the YAML file.</summary>
    public static IEnumerable<(string Key, string Value)> GetEntries(TrainingPlan plan)
    {
        var (model, loop, optimizer, samples) = (plan.Model, plan.Training, plan.Optimizer, plan.Samples);
        return
        [
            ("name", FormatText(plan.Name)),
            ("run", FormatText(plan.RunFolder)),
            ("seed", FormatNumber(plan.Seed)),
            ("device", FormatText(plan.Device.ToString())),
            ("compute_dtype", PlanWriter.GetName(plan.ComputeType)),
            ("threads", FormatNumber(plan.Threads)),
            ("log_every", FormatNumber(plan.LogEvery)),
            ("model.vocab_size", FormatNumber(model.VocabSize)),
            ("model.d_model", FormatNumber(model.DModel)),
            ("model.n_layers", FormatNumber(model.NLayers)),
            ("model.n_heads", FormatNumber(model.NHeads)),
            ("model.n_kv_heads", FormatNumber(model.NKvHeads)),
            ("model.d_ff", FormatNumber(model.DFf)),
            ("model.max_seq_len", FormatNumber(model.MaxSeqLen)),
            ("model.dropout", FormatNumber(model.Dropout)),
            ("model.weight_tying", FormatBoolean(model.TieEmbeddings)),
            ("model.norm_eps", FormatNumber(model.NormEps)),
            ("data.tokenizer", FormatText(plan.Data.Tokenizer)),
            ("data.shards", FormatText(plan.Data.Shards)),
            .. GetWarmStartEntries(plan.WarmStart),
            .. GetSftEntries(plan.Sft),
            .. GetPreferenceEntries(plan.Preference),
            .. GetLoraEntries(plan.Lora),
            .. loop.Epochs is { } epochs ? CreateEntry("training.epochs", FormatNumber(epochs)) : [],
            .. loop.Epochs is null || loop.Steps > 0 ? CreateEntry("training.steps", FormatNumber(loop.Steps)) : [],
            ("training.micro_batch_size", FormatNumber(loop.MicroBatchSize)),
            ("training.sequence_length", FormatNumber(loop.SequenceLength)),
            ("training.accumulation_steps", FormatNumber(loop.AccumulationSteps)),
            ("optimizer.learning_rate", FormatNumber(optimizer.LearningRate)),
            ("optimizer.minimum_learning_rate", FormatNumber(optimizer.MinimumLearningRate)),
            .. optimizer.WarmupRatio is { } share ? CreateEntry("optimizer.warmup_ratio", FormatNumber(share)) : [],
            .. optimizer.WarmupRatio is null || loop.Steps > 0 ? CreateEntry("optimizer.warmup_steps", FormatNumber(optimizer.WarmupSteps)) : [],
            ("optimizer.schedule", PlanWriter.GetName(optimizer.Schedule)),
            ("optimizer.beta1", FormatNumber(optimizer.Beta1)),
            ("optimizer.beta2", FormatNumber(optimizer.Beta2)),
            ("optimizer.epsilon", FormatNumber(optimizer.Epsilon)),
            ("optimizer.weight_decay", FormatNumber(optimizer.WeightDecay)),
            ("optimizer.gradient_clip", FormatNumber(optimizer.GradientClip)),
            ("optimizer.learning_rate_multipliers", FormatMultipliers(optimizer.LearningRateMultipliers)),
            ("optimizer.freeze", FormatTexts(optimizer.Freeze.Parts)),
            ("evaluation.every", FormatNumber(plan.Evaluation.Every)),
            ("evaluation.windows", FormatNumber(plan.Evaluation.Windows)),
            ("evaluation.patience", FormatNumber(plan.Evaluation.Patience)),
            ("samples.every", FormatNumber(samples.Every)),
            ("samples.prompts", FormatTexts(samples.Prompts)),
            ("samples.max_tokens", FormatNumber(samples.MaxTokens)),
            ("samples.temperature", FormatNumber(samples.Temperature)),
            ("samples.top_k", FormatNumber(samples.TopK)),
            ("checkpoints.every", FormatNumber(plan.Checkpoints.Every)),
            ("checkpoints.keep_last", FormatNumber(plan.Checkpoints.KeepLast)),
            ("checkpoints.keep_best", FormatBoolean(plan.Checkpoints.KeepBest)),
            .. GetSafetyEntries(plan.Safety),
            .. plan.IgnoredGuidelines.Reasons.Select(reason => ($"ignored_guidelines.{reason.Decision}", FormatText(reason.Reason))),
        ];
    }

    private static IEnumerable<(string Key, string Value)> GetWarmStartEntries(WarmStartPlan? start) => start is null ? [] :
    [
        ("warm_start.checkpoint", FormatText(start.Checkpoint)),
        ("warm_start.step", FormatNumber(start.Step)),
        ("warm_start.keep_optimizer", FormatBoolean(start.KeepOptimizer)),
        ("warm_start.grow_vocabulary", FormatBoolean(start.GrowVocabulary)),
    ];

    private static IEnumerable<(string Key, string Value)> GetSftEntries(SftPlan? sft) => sft is null ? [] :
    [
        ("sft.sources", $"{{{string.Join(", ", sft.Sources.Select(source => $"{FormatText(source.Name)}: {{path: {FormatText(source.Path)}, weight: {FormatNumber(source.Weight)}, input_is_context: {FormatBoolean(source.InputIsContext)}}}"))}}}"),
        ("sft.gold", FormatTexts(sft.Gold)),
        ("sft.validation_share", FormatNumber(sft.ValidationShare)),
        .. sft.System is null ? [] : CreateEntry("sft.system", FormatText(sft.System)),
        ("sft.supervise", PlanWriter.GetName(sft.Supervise)),
        ("sft.excess_length", PlanWriter.GetName(sft.ExcessLength)),
        ("sft.skip_invalid", FormatBoolean(sft.SkipInvalid)),
        ("sft.packing", FormatBoolean(sft.Packing)),
        ("sft.text_share", FormatNumber(sft.TextShare)),
    ];

    private static IEnumerable<(string Key, string Value)> GetPreferenceEntries(PreferencePlan? preference) => preference is null ? [] :
    [
        ("preference.files", FormatTexts(preference.Files)),
        .. preference.Objective switch
        {
            DpoPlan dpo => CreateEntry("preference.dpo", string.Create(CultureInfo.InvariantCulture, $"{{beta: {dpo.Beta}, label_smoothing: {dpo.LabelSmoothing}}}")),
            OrpoPlan orpo => CreateEntry("preference.orpo", string.Create(CultureInfo.InvariantCulture, $"{{lambda: {orpo.Lambda}}}")),
            _ => throw new NotSupportedException($"Plans have no section for {preference.Objective}."),
        },
        ("preference.gold", FormatTexts(preference.Gold)),
        ("preference.validation_share", FormatNumber(preference.ValidationShare)),
        .. preference.System is null ? [] : CreateEntry("preference.system", FormatText(preference.System)),
        ("preference.skip_invalid", FormatBoolean(preference.SkipInvalid)),
    ];

    private static IEnumerable<(string Key, string Value)> GetLoraEntries(LoraConfig? lora) => lora is null ? [] :
    [
        ("lora.rank", FormatNumber(lora.Rank)),
        ("lora.alpha", FormatNumber(lora.Alpha)),
        ("lora.dropout", FormatNumber(lora.Dropout)),
        ("lora.targets", $"[{string.Join(", ", lora.Targets.Select(PlanWriter.GetName))}]"),
    ];

    private static string FormatMultipliers(LearningRateMultipliers rates) => string.Create(CultureInfo.InvariantCulture, $"{{embedding: {rates.Embedding}, matrices: {rates.Matrices}, norms: {rates.Norms}, head: {rates.Head}}}");

    private static IEnumerable<(string Key, string Value)> CreateEntry(string key, string value) => [(key, value)];

    private static string FormatTexts(IEnumerable<string> values) => $"[{string.Join(", ", values.Select(FormatText))}]";

    private static IEnumerable<(string Key, string Value)> GetSafetyEntries(SafetyPlan safety) =>
    [
        ("safety.on_divergence", PlanWriter.GetName(safety.OnDivergence)),
        ("safety.on_spike", PlanWriter.GetName(safety.OnSpike)),
        ("safety.spike_zscore", FormatNumber(safety.SpikeZScore)),
        ("safety.spike_window", FormatNumber(safety.SpikeWindow)),
        ("safety.max_refused_batches", FormatNumber(safety.MaxRefusedBatches)),
        ("safety.stall_warning_factor", FormatNumber(safety.StallWarningFactor)),
        ("safety.stall_stop_factor", FormatNumber(safety.StallStopFactor)),
    ];

    private static string FormatBoolean(bool value) => value ? "true" : "false";

    private static string FormatNumber(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);

    // Plain where nothing can be mistaken, else in double quotes with YAML's escapes.
    private static string FormatText(string value)
    {
        var plain = value.Length > 0 && char.IsLetter(value[0]) && !PlanValue.IsReserved(value)
            && value.All(c => char.IsLetterOrDigit(c) || c is '_' or '-' or '/' or '.');
        if (plain) return value;

        var text = new StringBuilder("\"");
        foreach (var c in value)
            if (c is '"' or '\\') text.Append('\\').Append(c);
            else if (char.IsControl(c) || c is '\u2028' or '\u2029' or '\uFEFF' or '\uFFFE' or '\uFFFF') text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}");
            else text.Append(c);
        return text.Append('"').ToString();
    }
}
