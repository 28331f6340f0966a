using static TorchSharp.torch;

namespace TurkishLlm.Training.Objectives.Preference;

/// <summary>Log-probability of one answer of a pair.</summary>
/// <param name="LogProbability">Sum over the tokens of the answer and its end of turn, in nats; a float64 scalar.</param>
/// <param name="TokenCount">Number of these tokens.</param>
/// <param name="ReferenceLogProbability">The same sum under the reference model; 0 if the objective needs no reference.</param>
public sealed record AnswerScore(Tensor LogProbability, int TokenCount, double ReferenceLogProbability = 0);
