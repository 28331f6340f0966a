using System.Globalization;
using TurkishLlm.Model;

namespace TurkishLlm.Plans.Guidelines;

/// <summary>The recommendations of the reference reports, as checks of a plan. They warn and never stop a run.</summary>
public static class PlanGuidelines
{
    private const string Table = "reference report, section 17.4";

    /// <summary>All guidelines.</summary>
    public static IReadOnlyList<PlanGuideline> All { get; } =
    [
        new("tokenizer-64k", "the vocabulary has 64,000 tokens",
            "Of eight tokenizers with 16,000 to 64,000 tokens it needed the fewest tokens, 14 % less than the others.", Table,
            plan => plan.Model.VocabSize == 64_000 ? null : Invariant($"model.vocab_size is {plan.Model.VocabSize}")),

        new("grouped-query-attention", "two or four query heads share a key/value head",
            "4:1 saved 4.8 % of v1's weights at nearly the quality of 1:1; v2 has 2:1.", $"{Table} and section 16",
            plan =>
                plan.Model.NHeads / plan.Model.NKvHeads is 2 or 4
                    ? null
                    : Invariant($"model.n_heads is {plan.Model.NHeads} on n_kv_heads {plan.Model.NKvHeads}")),

        new("no-pretraining-dropout", "no dropout in pretraining",
            "A model of this size underfits its corpus and needs no regularization. Fine-tuning used 0.05.", Table,
            plan =>
                plan.Model.Dropout == 0 || plan.Sft is not null || plan.Preference is not null
                    ? null
                    : Invariant($"model.dropout is {plan.Model.Dropout}")),

        new("width-over-depth", "a larger model is wider, not deeper than 12 layers",
            "Reading retrieved context needs width: v2 doubled the width and kept the depth.", $"{Table} and section 16",
            plan => plan.Model.NLayers <= 12 ? null : Invariant($"model.n_layers is {plan.Model.NLayers}")),

        new("fresh-schedule", "a round on new data begins with a fresh schedule",
            "Round 2 restarted at the peak and its loss kept falling; a decayed learning rate does not learn new data.", Table,
            plan => plan.WarmStart is { Step: > 0 } start ? Invariant($"warm_start.step is {start.Step}") : null),

        new("gpu-only", "a full model is trained on a GPU", "A laptop took 3.5 s for a step and reached 93 °C.", Table, plan =>
            plan.Device.Kind == DeviceKind.Cpu && plan.Model.ParameterCount >= ModelConfig.V1.ParameterCount
                ? "device is cpu"
                : null),

        new("enough-pretraining", "v1 is not pretrained beyond 15 billion tokens",
            "From step 95,000 to step 228,000 of round 2 its loss fell by only 0.14: its capacity is used "
                + "up, and fine-tuning comes next.",
            Table,
            plan => plan.Model.ParameterCount <= ModelConfig.V1.ParameterCount && CountTokens(plan) > 15_000_000_000
                ? Invariant($"training.steps = {plan.Training.Steps} are {CountTokens(plan) / 1e9:0.0} billion tokens") : null),
        new("fine-tuning-recipe", "fine-tuning uses dropout 0.05, a learning rate of 2e-5 and fresh moments",
            "The validation loss fell through all three epochs. Old moments belong to another task; a higher "
                + "rate was not needed.",
            "reference report on fine-tuning, section 14",
            plan => plan.Sft is null || plan.Lora is not null ? null : JoinNonNull(
                plan.Model.Dropout == 0.05 ? null : Invariant($"model.dropout is {plan.Model.Dropout}"),
                plan.Optimizer.LearningRate == 2e-5
                    ? null
                    : Invariant($"optimizer.learning_rate is {plan.Optimizer.LearningRate}"),
                plan.WarmStart is { KeepOptimizer: true } ? "warm_start.keep_optimizer is true" : null)),
    ];

    /// <summary>Returns the guidelines that a plan violates and does not list in <c>ignored_guidelines</c>.</summary>
    public static IReadOnlyList<GuidelineViolation> FindViolations(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return
        [
            .. from decision in All
               where !plan.IgnoredGuidelines.Ignores(decision.Id)
               let says = decision.FindViolation(plan)
               where says is not null
               select new GuidelineViolation(decision, says),
        ];
    }

    private static long CountTokens(TrainingPlan plan) => plan.Training.Steps * plan.Training.TokensPerStep;

    private static string? JoinNonNull(params string?[] parts) =>
        parts.OfType<string>().ToArray() is { Length: > 0 } said ? string.Join(", ", said) : null;

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
