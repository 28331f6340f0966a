using TurkishLlm.Inference.Chat;

namespace TurkishLlm.Evaluation.Tasks;

/// <summary>What came of a question.</summary>
/// <param name="Row">The question.</param>
/// <param name="Answer">What the model answered, or the choice it preferred.</param>
/// <param name="FinishReason">Why the answer ended; null for a choice.</param>
/// <param name="Values">What the row adds to each metric.</param>
public sealed record RowResult(GoldRow Row, string Answer, FinishReason? FinishReason, IReadOnlyDictionary<Metric, RowValue> Values);
