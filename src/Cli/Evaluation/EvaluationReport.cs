using TurkishLlm.Evaluation;
using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Training.Validation;

namespace TurkishLlm.Cli.Evaluation;

/// <summary>All that was measured of a model.</summary>
/// <param name="Model">Where it is.</param>
/// <param name="Step">Its step; null for a model alone.</param>
/// <param name="Options">How it was asked.</param>
internal sealed record EvaluationReport(string Model, long? Step, EvaluationOptions Options)
{
    public HeldOutMetrics? HeldOut { get; init; }

    public ForgettingMetrics? Forgetting { get; init; }

    public IReadOnlyList<string> Gold { get; init; } = [];

    public int Rows { get; init; }

    public IReadOnlyList<string> TooLong { get; init; } = [];

    public IReadOnlyList<MetricSummary> Metrics { get; init; } = [];

    public string? ComparedModel { get; init; }

    public IReadOnlyList<MetricComparison> Comparison { get; init; } = [];
}

/// <summary>Losses on the held-out part of what a run learned from, in nats per token.</summary>
/// <param name="TextLoss">Of plain text; null where it was not measured.</param>
/// <param name="AnswerLoss">Of answers; null where the run has none.</param>
internal sealed record HeldOutMetrics(double? TextLoss, double? AnswerLoss = null)
{
    /// <summary>Plain text window by window; null where it was measured beside answers.</summary>
    public PerplexityMetrics? TextMetrics { get; init; }
}
