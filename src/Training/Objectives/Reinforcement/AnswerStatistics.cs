namespace TurkishLlm.Training.Objectives.Reinforcement;

/// <summary>What a step measured of one answer.</summary>
/// <param name="Divergence">Sum of the estimates of the divergence over the tokens, in nats.</param>
/// <param name="Clipped">Number of clipped tokens.</param>
/// <param name="Entropy">Sum of the entropies of the distributions that the tokens were sampled from, in nats.</param>
public readonly record struct AnswerStatistics(double Divergence, double Clipped, double Entropy);
