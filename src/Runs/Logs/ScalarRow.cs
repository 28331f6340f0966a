using TurkishLlm.Evaluation.Tasks;

namespace TurkishLlm.Runs.Logs;

/// <summary>A number of <c>metrics.jsonl</c> under the names that it has in other programs.</summary>
/// <param name="Name">Name of the column in CSV.</param>
/// <param name="Tag">Tag in TensorBoard.</param>
/// <param name="Value">Returns the value of a step; null if the step has none.</param>
/// <param name="InitialValue">For validation, returns the value before step 1; null for other numbers.</param>
internal sealed record ScalarColumn(
    string Name, string Tag, Func<StepMetrics, double?> Value, Func<ValidationMetrics, double?>? InitialValue = null);

/// <summary>The numbers of a step.</summary>
/// <param name="Step">Number of the step; 0 for validation before step 1.</param>
/// <param name="WallSeconds">Wall-clock time of the run after the step.</param>
/// <param name="Values">The values in the order of <see cref="Columns"/>; null for what was not measured.</param>
/// <param name="Tasks">The metrics of tasks and of their slices, by tag.</param>
internal sealed record ScalarRow(
    long Step, double WallSeconds, IReadOnlyList<double?> Values, IReadOnlyList<(string Tag, double Value)> Tasks)
{
    /// <summary>All numbers that every run can have.</summary>
    public static IReadOnlyList<ScalarColumn> Columns { get; } =
    [
        new("loss", "train/loss", line => line.Loss),
        new("lr", "train/lr", line => line.LearningRate),
        new("grad_norm", "train/grad_norm", line => line.GradientNorm),
        new("tokens", "train/tokens", line => line.Tokens),
        new("tokens_per_second", "train/tokens_per_second", line => line.TokensPerSecond),
        new("seconds", "train/seconds", line => line.Seconds),
        new("wall_seconds", "train/wall_seconds", line => line.WallSeconds),
        new("memory_bytes", "train/memory_bytes", line => line.MemoryBytes),
        new("gpu_utilization", "train/gpu_utilization", line => line.Gpu?.Utilization),
        new("gpu_memory_utilization", "train/gpu_memory_utilization", line => line.Gpu?.MemoryUtilization),
        new("gpu_temperature", "train/gpu_temperature", line => line.Gpu?.Temperature),
        new("gpu_power", "train/gpu_power", line => line.Gpu?.Power),
        new("loss_terms", "train/loss_terms", line => line.LossTerms),
        new("epoch", "train/epoch", line => line.Epoch),
        new("squared_gradient", "train/squared_gradient", line => line.GradientNoise?.SquaredGradient),
        new("gradient_variance", "train/gradient_variance", line => line.GradientNoise?.Variance),
        new("validation_loss", "validation/loss", line => line.ValidationLoss, before => before.Loss),
        new("validation_bits_per_byte", "validation/bits_per_byte", line => line.ValidationBitsPerByte,
            before => before.BitsPerByte),
        new("text_loss", "validation/text_loss", line => line.TextLoss, before => before.TextLoss),
        .. ForPairs("reward_chosen", pairs => pairs.RewardChosen),
        .. ForPairs("reward_rejected", pairs => pairs.RewardRejected),
        .. ForPairs("margin", pairs => pairs.Margin),
        .. ForPairs("accuracy", pairs => pairs.Accuracy),
        .. ForPairs("logp_chosen", pairs => pairs.LogpChosen),
        .. ForPairs("logp_rejected", pairs => pairs.LogpRejected),
        .. ForPairs("kl", pairs => pairs.Kl),
        ForAnswers("reward", answers => answers.Reward),
        ForAnswers("no_spread", answers => answers.NoSpread),
        ForAnswers("answer_tokens", answers => answers.AnswerTokens),
        ForAnswers("ended", answers => answers.Ended),
        ForAnswers("kl", answers => answers.Kl),
        ForAnswers("clipped", answers => answers.Clipped),
        ForAnswers("entropy", answers => answers.Entropy),
    ];

    /// <summary>Returns the row of a step, after that of the validation before step 1 if the line has it.</summary>
    public static IEnumerable<ScalarRow> FromStep(StepMetrics line)
    {
        if (line.InitialValidation is { } before)
            yield return new(
                0, 0, [.. Columns.Select(column => column.InitialValue?.Invoke(before))], GetTasks(before.Tasks));
        yield return new(
            line.Step, line.WallSeconds ?? line.Seconds, [.. Columns.Select(column => column.Value(line))],
            GetTasks(line.Tasks));
    }

    // tasks/erp/exact_match, and tasks/erp/domain=stok/exact_match for a slice.
    private static (string Tag, double Value)[] GetTasks(IReadOnlyDictionary<string, TaskMetrics>? tasks) =>
    [
        .. from task in tasks ?? new Dictionary<string, TaskMetrics>()
           from part in task.Value.GetParts()
           from metric in part.Metrics
           select ($"tasks/{task.Key}/{(part.Slice is null ? "" : $"{part.Slice}/")}{metric.Key}", metric.Value.Value),
    ];

    private static ScalarColumn ForAnswers(string name, Func<GrpoMetrics, double> value) =>
        new(name, $"train/{name}", line => line.Grpo is { } answers ? value(answers) : null);

    private static ScalarColumn[] ForPairs(string name, Func<PreferenceMetrics, double?> value) =>
    [
        new(name, $"train/{name}", line => line.Preference is { } pairs ? value(pairs) : null),
        new($"validation_{name}", $"validation/{name}",
            line => line.ValidationPreference is { } pairs ? value(pairs) : null,
            before => before.Preference is { } pairs ? value(pairs) : null),
    ];
}
