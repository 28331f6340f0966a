namespace TurkishLlm.Evaluation.Tasks;

/// <summary>Questions with known answers that a model is asked during training: a task of <c>evaluation.tasks</c>.</summary>
/// <param name="Name">Name of the task.</param>
/// <param name="Files">Gold files, in any training format.</param>
/// <remarks>
/// Source: report on fine-tuning, "How to evaluate SFT quality": the checkpoint with the lowest loss need not answer best.
/// </remarks>
public sealed record EvaluationTask(string Name, IReadOnlyList<string> Files)
{
    /// <summary>Steps between two measurements; 0 = not by steps; null = <c>evaluation.every</c>.</summary>
    public long? Every { get; init; }

    /// <summary>Epochs between two measurements; 0 = only by steps.</summary>
    public int EveryEpochs { get; init; } = 1;

    /// <summary>Number of rows to ask; 0 = all.</summary>
    public int Rows { get; init; }

    /// <summary>Which rows to ask if not all are.</summary>
    public RowChoice Choose { get; init; }

    /// <summary>Number of answered questions before each question.</summary>
    public int FewShot { get; init; }

    /// <summary>
    /// File of the answered questions; null for the first rows of <see cref="Files"/>, which are then not asked.
    /// </summary>
    public string? FewShotFile { get; init; }

    /// <summary>Fields of rows by which results are also given in parts, such as difficulty.</summary>
    public IReadOnlyList<string> Slices { get; init; } = [];

    /// <summary>Largest number of tokens per answer.</summary>
    public int MaxTokens { get; init; } = 128;

    /// <summary>Divisor of the scores of choices for <see cref="Metric.NormalizedAccuracy"/>.</summary>
    public ChoiceNormalization ChoiceNormalization { get; init; } = ChoiceNormalization.Characters;

    /// <summary>True to read the input of Alpaca rows as retrieved context.</summary>
    public bool InputIsContext { get; init; }

    /// <summary>The refusal that marks questions without an answer.</summary>
    public string Refusal { get; init; } = Metrics.Refusal.DefaultText;

    /// <summary>Number of the worst answers that are recorded with each measurement; 0 = none.</summary>
    public int WorstAnswers { get; init; } = 5;

    /// <summary>Lowest values that metrics may have.</summary>
    public MetricBounds AtLeast { get; init; } = new();

    /// <summary>Highest values that metrics may have.</summary>
    public MetricBounds AtMost { get; init; } = new();

    /// <summary>Action if a metric is out of its bounds.</summary>
    public MissAction OnMiss { get; init; }

    /// <summary>First step at which bounds apply.</summary>
    public long FromStep { get; init; }

    /// <summary>Returns the options with which the questions are asked. Answers are greedy, so nothing is random.</summary>
    public EvaluationOptions ToOptions() => new()
    {
        MaxTokens = MaxTokens, ChoiceNormalization = ChoiceNormalization, Refusal = Refusal,
    };

    /// <inheritdoc/>
    public bool Equals(EvaluationTask? other) =>
        other is not null
        && (Name, Every, EveryEpochs, Rows, Choose, FewShot, FewShotFile) == (
            other.Name, other.Every, other.EveryEpochs, other.Rows, other.Choose, other.FewShot, other.FewShotFile)
        && (MaxTokens, ChoiceNormalization, InputIsContext, Refusal, WorstAnswers, OnMiss, FromStep) == (
            other.MaxTokens, other.ChoiceNormalization, other.InputIsContext, other.Refusal, other.WorstAnswers, other.OnMiss,
            other.FromStep)
        && AtLeast.Equals(other.AtLeast) && AtMost.Equals(other.AtMost)
        && Files.SequenceEqual(other.Files, StringComparer.Ordinal) && Slices.SequenceEqual(other.Slices, StringComparer.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Files.Count, Rows, FewShot);
}

/// <summary>Which rows of a task are asked.</summary>
public enum RowChoice
{
    /// <summary>The first rows.</summary>
    First,

    /// <summary>Rows drawn by the seed of the run, in the order of the files.</summary>
    Random,
}

/// <summary>Action if a metric is out of its bounds.</summary>
public enum MissAction
{
    /// <summary>The run ends as planned, and then fails.</summary>
    Fail,

    /// <summary>The run stops at once, and fails.</summary>
    Stop,
}
