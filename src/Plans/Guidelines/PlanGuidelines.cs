using System.Globalization;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;

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
                plan.Model.Dropout == 0 || plan.Sft is not null || plan.Preference is not null || plan.Grpo is not null
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

        new("fine-tuning-epochs", "fine-tuning reads its examples three times",
            "The validation loss was lowest after the third epoch; one epoch left it 0.24 higher.",
            "reference report on fine-tuning, sections 10 and 14",
            plan => plan.Sft is null || plan.Training.Epochs is 3 ? null
                : plan.Training.Epochs is { } epochs ? Invariant($"training.epochs is {epochs}")
                : Invariant($"training.steps is {plan.Training.Steps} instead of epochs")),

        new("peak-learning-rate", "pretraining peaks at 3e-4 for models like v1, and at 1.5e-4 for larger ones like v2",
            "Smaller models tolerate a higher rate; the larger v2 is less stable at its peak.",
            "reference report, sections 10 and 16",
            plan => IsFullPretraining(plan) && plan.Optimizer.LearningRate != GetPeak(plan)
                ? Invariant($"optimizer.learning_rate is {plan.Optimizer.LearningRate}") : null),

        new("final-learning-rate", "the learning rate of pretraining ends at a tenth of its peak",
            "At 10:1 the last steps still learn.", "reference report, section 10",
            plan => IsFullPretraining(plan)
                && Math.Abs(plan.Optimizer.MinimumLearningRate - plan.Optimizer.LearningRate / 10) > 1e-12
                ? Invariant($"optimizer.minimum_learning_rate is {plan.Optimizer.MinimumLearningRate}") : null),

        new("warm-up", "pretraining warms up for 500 steps for models like v1, and for 2,000 for larger ones like v2",
            "The estimates of the moments need some steps before they mean something; 2.7 times the parameters need more.",
            "reference report, sections 10 and 16",
            plan => IsFullPretraining(plan) && plan.Optimizer.WarmupRatio is null
                && plan.Optimizer.WarmupSteps < (IsLarge(plan) ? 2_000 : 500)
                ? Invariant($"optimizer.warmup_steps is {plan.Optimizer.WarmupSteps}") : null),

        new("cosine-schedule", "the learning rate of pretraining falls as a cosine",
            "It stays near the peak longer than a line.", "reference report, section 10",
            plan => IsFullPretraining(plan) && plan.Optimizer.Schedule != ScheduleKind.Cosine
                ? $"optimizer.schedule is {PlanWriter.GetName(plan.Optimizer.Schedule)}" : null),

        new("adamw", "AdamW of pretraining has β₁ 0.9, β₂ 0.95, weight decay 0.1 and gradients clipped to 1",
            "0.95 instead of 0.999 follows a changing gradient sooner; clipping keeps the direction of a spike and not its size.",
            "reference report, section 10",
            plan => !IsFullPretraining(plan) ? null : JoinNonNull(
                plan.Optimizer.Beta1 == 0.9 ? null : Invariant($"optimizer.beta1 is {plan.Optimizer.Beta1}"),
                plan.Optimizer.Beta2 == 0.95 ? null : Invariant($"optimizer.beta2 is {plan.Optimizer.Beta2}"),
                plan.Optimizer.WeightDecay == 0.1
                    ? null
                    : Invariant($"optimizer.weight_decay is {plan.Optimizer.WeightDecay}"),
                plan.Optimizer.GradientClip == 1
                    ? null
                    : Invariant($"optimizer.gradient_clip is {plan.Optimizer.GradientClip}"))),

        new("tokens-per-step", "a step of pretraining reads 65,536 tokens",
            "128 windows of 512 tokens; 2,048 tokens did not fit into memory, and 32 windows in four micro-batches kept the sum.",
            "reference report, sections 10, 15 and 16",
            plan => IsFullPretraining(plan) && plan.Training.TokensPerStep != 65_536
                ? Invariant($"a step has {plan.Training.TokensPerStep} tokens") : null),

        new("bfloat16-on-gpu", "a GPU computes in bfloat16",
            "It has the range of float32 in half the memory, so losses need no scaling.", "reference report, section 10",
            plan => plan.Device.Kind == DeviceKind.Cuda && plan.ComputeType == ComputeType.Float32
                ? "compute_dtype is float32" : null),

        new("retrieval-length", "a model that answers from retrieved context is trained on 2,048 tokens",
            "System prompt, context, question and answer have 308 to 1,198 tokens; 512 would cut most of them.",
            "reference report, section 15",
            plan => plan.Sft is { } sft && sft.Sources.Any(source => source.InputIsContext) && plan.Training.SequenceLength < 2048
                ? Invariant($"training.sequence_length is {plan.Training.SequenceLength}") : null),
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

    // Smaller models are experiments, for which other values were not tried.
    private static bool IsFullPretraining(TrainingPlan plan) =>
        plan.Sft is null && plan.Preference is null && plan.Grpo is null && plan.Lora is null
        && plan.Model.ParameterCount >= ModelConfig.V1.ParameterCount;

    // Between the sizes of v1 and v2 nothing was tried; up to twice v1, its values are the nearer ones.
    private static bool IsLarge(TrainingPlan plan) => plan.Model.ParameterCount > 2 * ModelConfig.V1.ParameterCount;

    private static double GetPeak(TrainingPlan plan) => IsLarge(plan) ? 1.5e-4 : 3e-4;

    private static long CountTokens(TrainingPlan plan) => plan.Training.Steps * plan.Training.TokensPerStep;

    private static string? JoinNonNull(params string?[] parts) =>
        parts.OfType<string>().ToArray() is { Length: > 0 } said ? string.Join(", ", said) : null;

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
