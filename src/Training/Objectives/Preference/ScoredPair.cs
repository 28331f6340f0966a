using TurkishLlm.Data.Preference;

namespace TurkishLlm.Training.Objectives.Preference;

/// <summary>A pair with the log-probabilities of its answers under the model that training began with.</summary>
/// <param name="Pair">The answers.</param>
/// <param name="ReferenceChosen">Of the better one, in nats; 0 where nothing is compared with it.</param>
/// <param name="ReferenceRejected">Of the other.</param>
public sealed record ScoredPair(PreferencePair Pair, double ReferenceChosen = 0, double ReferenceRejected = 0);
