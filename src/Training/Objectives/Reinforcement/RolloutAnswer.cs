using TurkishLlm.Data.Conversations;

namespace TurkishLlm.Training.Objectives.Reinforcement;

/// <summary>An answer that the model gave in training, with everything that does not change while it is learned.</summary>
/// <param name="Prompt">Tokens of the question, which are not learned.</param>
/// <param name="Answer">Tokens of the answer, with the one that ended it, all of which are learned.</param>
/// <param name="Advantage">Advantage over the other answers of the group.</param>
/// <param name="Weight">Factor of the loss of each token.</param>
public sealed record RolloutAnswer(IReadOnlyList<int> Prompt, IReadOnlyList<int> Answer, double Advantage, double Weight)
{
    /// <summary>Log-probability of each token under the weights that sampled it, at the temperature of the sampling.</summary>
    public IReadOnlyList<double> Old { get; init; } = [];

    /// <summary>Log-probability of each token under the reference model; empty without one.</summary>
    public IReadOnlyList<double> Reference { get; init; } = [];

    /// <summary>Number of inputs of the row: all tokens except the last, which is only a target.</summary>
    public int Length => Prompt.Count + Answer.Count - 1;

    /// <summary>Returns the row with the loss mask, which covers the answer and nothing else.</summary>
    public TokenizedExample ToExample() => new(
        [.. Prompt, .. Answer], [.. Prompt.Select(_ => false), .. Answer.Select(_ => true)]);
}
