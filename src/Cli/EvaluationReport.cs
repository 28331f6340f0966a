using TurkishLlm.Training;

namespace TurkishLlm.Cli;

/// <summary>All that was measured of a model.</summary>
/// <param name="Model">Its run folder.</param>
/// <param name="Step">Its step.</param>
/// <param name="Options">How it was asked.</param>
internal sealed record EvaluationReport(string Model, long Step, EvaluationOptions Options)
{
    public TextLoss? Text { get; init; }

    public Forgetting? Forgetting { get; init; }

    public IReadOnlyList<string> Gold { get; init; } = [];

    public int Rows { get; init; }

    public IReadOnlyList<string> TooLong { get; init; } = [];

    public IReadOnlyList<MetricSummary> Metrics { get; init; } = [];

    public string? Compared { get; init; }

    public IReadOnlyList<MetricComparison> Comparison { get; init; } = [];
}

/// <summary>Loss on plain text.</summary>
/// <param name="Loss">Nats per token.</param>
/// <param name="Tokens">Tokens that were predicted.</param>
internal sealed record TextLoss(double Loss, long Tokens);
