using TurkishLlm.Data;

namespace TurkishLlm.Training;

/// <summary>A pair with the log-probabilities of its answers under the model that training began with.</summary>
/// <param name="Pair">The answers.</param>
/// <param name="Chosen">Of the better one, in nats; 0 where nothing is compared with it.</param>
/// <param name="Rejected">Of the other.</param>
public sealed record ScoredPair(PreferencePair Pair, double Chosen = 0, double Rejected = 0);
