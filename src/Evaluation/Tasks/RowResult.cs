using TurkishLlm.Inference.Chat;

namespace TurkishLlm.Evaluation.Tasks;

/// <summary>The result of a gold row.</summary>
/// <param name="Row">The gold row.</param>
/// <param name="Answer">The answer of the model, or its preferred choice.</param>
/// <param name="FinishReason">The reason why generation stopped; null for a choice.</param>
/// <param name="Values">Contribution of the row to each metric.</param>
public sealed record RowResult(
    GoldRow Row, string Answer, FinishReason? FinishReason, IReadOnlyDictionary<Metric, RowValue> Values)
{
    /// <summary>Sampled answers for pass@k, in the order in which they were sampled; empty if none were.</summary>
    public IReadOnlyList<Answer> Samples { get; init; } = [];
}
