using TurkishLlm.Data.Preference;

namespace TurkishLlm.Training.Objectives.Preference;

/// <summary>A labeled answer with log-probabilities under the reference model.</summary>
/// <param name="Labeled">The answer.</param>
/// <param name="Reference">Log-probability of the answer, in nats.</param>
/// <param name="ReferenceMismatched">Log-probability of its mismatched answer, in nats.</param>
public sealed record ScoredAnswer(LabeledAnswer Labeled, double Reference, double ReferenceMismatched);
