using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Training.Validation;

namespace TurkishLlm.Cli.Evaluation;

/// <summary>Results of the evaluation of a model.</summary>
/// <param name="Model">Path of the model.</param>
/// <param name="Step">Training step of the checkpoint; null for an exported model.</param>
/// <param name="Options">Evaluation options.</param>
internal sealed record EvaluationReport(string Model, long? Step, EvaluationOptions Options)
{
    /// <summary>True for the average of the weights of the checkpoint.</summary>
    public bool IsAverage { get; init; }

    public HeldOutMetrics? HeldOut { get; init; }

    public ForgettingMetrics? Forgetting { get; init; }

    public IReadOnlyList<string> Gold { get; init; } = [];

    public int Rows { get; init; }

    public IReadOnlyList<string> TooLong { get; init; } = [];

    public IReadOnlyList<MetricSummary> Metrics { get; init; } = [];

    /// <summary>Metrics by field, value of the field and name of the metric; null without slices.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, IReadOnlyDictionary<string, MetricValue>>>? Slices
    {
        get; init;
    }

    public string? ComparedModel { get; init; }

    public IReadOnlyList<MetricComparison> Comparison { get; init; } = [];

    public IReadOnlyList<string> Notices { get; init; } = [];

    /// <summary>The answer to every question; null without questions.</summary>
    public GoldEvaluation? Answers { get; init; }

    /// <summary>The answers of <see cref="ComparedModel"/>.</summary>
    public GoldEvaluation? ComparedAnswers { get; init; }
}

/// <summary>Losses on the validation split of a run, in nats per token.</summary>
/// <param name="TextLoss">Loss on plain text; null if not measured.</param>
/// <param name="AnswerLoss">Loss on answers; null if the run has none.</param>
internal sealed record HeldOutMetrics(double? TextLoss, double? AnswerLoss = null)
{
    /// <summary>Metrics of plain text per window; null if text was measured together with answers.</summary>
    public PerplexityMetrics? TextMetrics { get; init; }
}
