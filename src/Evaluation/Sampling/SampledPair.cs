namespace TurkishLlm.Evaluation.Sampling;

/// <summary>Two answers of one model to one question.</summary>
/// <param name="Question">The question.</param>
/// <param name="Chosen">The answer with the higher reward.</param>
/// <param name="Rejected">The answer with the lower reward.</param>
public sealed record SampledPair(SampledQuestion Question, SampledAnswer Chosen, SampledAnswer Rejected);
