using static TorchSharp.torch;

namespace TurkishLlm.Training.Objectives.Preference;

/// <summary>How likely a model finds one answer of a pair.</summary>
/// <param name="LogProbability">Sum over the tokens of the answer and its end, in nats; a single float64.</param>
/// <param name="TokenCount">How many they are.</param>
/// <param name="ReferenceLogProbability">The same sum under the model that training began with; 0 where nothing is compared with it.</param>
public sealed record AnswerScore(Tensor LogProbability, int TokenCount, double ReferenceLogProbability = 0);
