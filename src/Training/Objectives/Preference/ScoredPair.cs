using TurkishLlm.Data.Preference;

namespace TurkishLlm.Training.Objectives.Preference;

/// <summary>A preference pair with the log-probabilities of its answers under the reference model.</summary>
/// <param name="Pair">The pair.</param>
/// <param name="ReferenceChosen">Log-probability of the chosen answer, in nats; 0 if the objective needs no reference.</param>
/// <param name="ReferenceRejected">
/// Log-probability of the rejected answer, in nats; 0 if the objective needs no reference.
/// </param>
public sealed record ScoredPair(PreferencePair Pair, double ReferenceChosen = 0, double ReferenceRejected = 0);
