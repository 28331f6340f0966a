using System.Globalization;
using System.Text;
using TurkishLlm.Model;

namespace TurkishLlm.Training;

/// <summary>Writes plans: every key with its value, in the order of the YAML file.</summary>
internal static class PlanText
{
    public static string Yaml(TrainingPlan plan)
    {
        var text = new StringBuilder();
        var section = "";
        foreach (var (key, value) in Entries(plan))
        {
            var dot = key.IndexOf('.', StringComparison.Ordinal);
            if (dot >= 0 && key[..dot] != section) text.Append('\n').Append(section = key[..dot]).Append(":\n");
            text.Append(dot < 0 ? "" : "  ").Append(key.AsSpan(dot + 1)).Append(": ").Append(value).Append('\n');
        }

        return text.ToString();
    }

    public static IEnumerable<(string Key, string Value)> Entries(TrainingPlan plan)
    {
        var (model, loop, optimizer, samples) = (plan.Model, plan.Training, plan.Optimizer, plan.Samples);
        return
        [
            ("name", Text(plan.Name)),
            ("run", Text(plan.RunFolder)),
            ("seed", Number(plan.Seed)),
            ("device", Text(plan.Device.ToString())),
            ("compute", PlanValue.NameOf(plan.ComputeType)),
            ("threads", Number(plan.Threads)),
            ("log_every", Number(plan.LogEvery)),
            ("model.vocab_size", Number(model.VocabSize)),
            ("model.d_model", Number(model.DModel)),
            ("model.n_layers", Number(model.NLayers)),
            ("model.n_heads", Number(model.NHeads)),
            ("model.n_kv_heads", Number(model.NKvHeads)),
            ("model.d_ff", Number(model.DFf)),
            ("model.max_seq_len", Number(model.MaxSeqLen)),
            ("model.dropout", Number(model.Dropout)),
            ("model.weight_tying", Flag(model.TieEmbeddings)),
            ("model.norm_eps", Number(model.NormEps)),
            ("data.tokenizer", Text(plan.Data.Tokenizer)),
            ("data.shards", Text(plan.Data.Shards)),
            .. StartEntries(plan.Start),
            .. SftEntries(plan.Sft),
            .. PreferenceEntries(plan.Preference),
            .. LoraEntries(plan.Lora),
            .. loop.Epochs is { } epochs ? Entry("training.epochs", Number(epochs)) : [],
            .. loop.Epochs is null || loop.Steps > 0 ? Entry("training.steps", Number(loop.Steps)) : [],
            ("training.batch_size", Number(loop.BatchSize)),
            ("training.sequence_length", Number(loop.SequenceLength)),
            ("training.accumulation_steps", Number(loop.AccumulationSteps)),
            ("optimizer.learning_rate", Number(optimizer.LearningRate)),
            ("optimizer.minimum_learning_rate", Number(optimizer.MinimumLearningRate)),
            .. optimizer.WarmupShare is { } share ? Entry("optimizer.warmup_share", Number(share)) : [],
            .. optimizer.WarmupShare is null || loop.Steps > 0 ? Entry("optimizer.warmup_steps", Number(optimizer.WarmupSteps)) : [],
            ("optimizer.schedule", PlanValue.NameOf(optimizer.Schedule)),
            ("optimizer.beta1", Number(optimizer.Beta1)),
            ("optimizer.beta2", Number(optimizer.Beta2)),
            ("optimizer.epsilon", Number(optimizer.Epsilon)),
            ("optimizer.weight_decay", Number(optimizer.WeightDecay)),
            ("optimizer.gradient_clip", Number(optimizer.GradientClip)),
            ("optimizer.rates", Rates(optimizer.Rates)),
            ("optimizer.freeze", Texts(optimizer.Freeze.Parts)),
            ("evaluation.every", Number(plan.Evaluation.Every)),
            ("evaluation.windows", Number(plan.Evaluation.Windows)),
            ("evaluation.patience", Number(plan.Evaluation.Patience)),
            ("samples.every", Number(samples.Every)),
            ("samples.prompts", Texts(samples.Prompts)),
            ("samples.max_tokens", Number(samples.MaxTokens)),
            ("samples.temperature", Number(samples.Temperature)),
            ("samples.top_k", Number(samples.TopK)),
            ("checkpoints.every", Number(plan.Checkpoints.Every)),
            ("checkpoints.keep_last", Number(plan.Checkpoints.KeepLast)),
            ("checkpoints.keep_best", Flag(plan.Checkpoints.KeepBest)),
            .. SafetyEntries(plan.Safety),
            .. plan.Overrule.Reasons.Select(reason => ($"overrule.{reason.Decision}", Text(reason.Reason))),
        ];
    }

    private static IEnumerable<(string Key, string Value)> StartEntries(StartPlan? start) => start is null ? [] :
    [
        ("start.checkpoint", Text(start.Checkpoint)),
        ("start.step", Number(start.Step)),
        ("start.keep_optimizer", Flag(start.KeepOptimizer)),
        ("start.grow_vocabulary", Flag(start.GrowVocabulary)),
    ];

    private static IEnumerable<(string Key, string Value)> SftEntries(SftPlan? sft) => sft is null ? [] :
    [
        ("sft.sources", $"{{{string.Join(", ", sft.Sources.Select(source => $"{Text(source.Name)}: {{path: {Text(source.Path)}, weight: {Number(source.Weight)}, input_is_context: {Flag(source.InputIsContext)}}}"))}}}"),
        ("sft.gold", Texts(sft.Gold)),
        ("sft.validation_share", Number(sft.ValidationShare)),
        .. sft.System is null ? [] : Entry("sft.system", Text(sft.System)),
        ("sft.supervise", PlanValue.NameOf(sft.Supervise)),
        ("sft.long_rows", PlanValue.NameOf(sft.LongRows)),
        ("sft.skip_invalid", Flag(sft.SkipInvalid)),
        ("sft.packing", Flag(sft.Packing)),
        ("sft.text_share", Number(sft.TextShare)),
    ];

    private static IEnumerable<(string Key, string Value)> PreferenceEntries(PreferencePlan? preference) => preference is null ? [] :
    [
        ("preference.files", Texts(preference.Files)),
        .. preference.Objective switch
        {
            DpoPlan dpo => Entry("preference.dpo", string.Create(CultureInfo.InvariantCulture, $"{{beta: {dpo.Beta}, label_smoothing: {dpo.LabelSmoothing}}}")),
            OrpoPlan orpo => Entry("preference.orpo", string.Create(CultureInfo.InvariantCulture, $"{{lambda: {orpo.Lambda}}}")),
            _ => throw new NotSupportedException($"Plans have no section for {preference.Objective}."),
        },
        ("preference.gold", Texts(preference.Gold)),
        ("preference.validation_share", Number(preference.ValidationShare)),
        .. preference.System is null ? [] : Entry("preference.system", Text(preference.System)),
        ("preference.skip_invalid", Flag(preference.SkipInvalid)),
    ];

    private static IEnumerable<(string Key, string Value)> LoraEntries(LoraConfig? lora) => lora is null ? [] :
    [
        ("lora.rank", Number(lora.Rank)),
        ("lora.alpha", Number(lora.Alpha)),
        ("lora.dropout", Number(lora.Dropout)),
        ("lora.targets", $"[{string.Join(", ", lora.Targets.Select(PlanValue.NameOf))}]"),
    ];

    private static string Rates(RatePlan rates) => string.Create(CultureInfo.InvariantCulture, $"{{embedding: {rates.Embedding}, matrices: {rates.Matrices}, norms: {rates.Norms}, head: {rates.Head}}}");

    private static IEnumerable<(string Key, string Value)> Entry(string key, string value) => [(key, value)];

    private static string Texts(IEnumerable<string> values) => $"[{string.Join(", ", values.Select(Text))}]";

    private static IEnumerable<(string Key, string Value)> SafetyEntries(SafetyPlan safety) =>
    [
        ("safety.on_divergence", PlanValue.NameOf(safety.OnDivergence)),
        ("safety.on_spike", PlanValue.NameOf(safety.OnSpike)),
        ("safety.spike_zscore", Number(safety.SpikeZScore)),
        ("safety.spike_window", Number(safety.SpikeWindow)),
        ("safety.max_events", Number(safety.MaxEvents)),
        ("safety.stall_warning", Number(safety.StallWarning)),
        ("safety.stall_stop", Number(safety.StallStop)),
    ];

    private static string Flag(bool value) => value ? "true" : "false";

    private static string Number(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);

    // Plain where nothing can be mistaken, else in double quotes with YAML's escapes.
    private static string Text(string value)
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
