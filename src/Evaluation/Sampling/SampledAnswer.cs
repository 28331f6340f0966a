using System.Text.Json.Serialization;
using TurkishLlm.Evaluation.Rewards;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Evaluation.Sampling;

/// <summary>An answer that a model generated, and its reward.</summary>
/// <param name="Text">The text.</param>
/// <param name="Tokens">Number of tokens, without the one that ended the answer.</param>
/// <param name="EndsByItself">True if the model ended its turn; false if the answer was cut off.</param>
/// <param name="Reward">Weighted mean of <paramref name="Parts"/>, 0 … 1.</param>
/// <param name="Parts">Score of every reward, by its name.</param>
public sealed record SampledAnswer(
    string Text, int Tokens, bool EndsByItself, double Reward, IReadOnlyDictionary<string, double> Parts)
{
    /// <summary>
    /// True if a model can be trained on the answer: training adds the end of the turn, which an answer that was cut off does not
    /// have.
    /// </summary>
    [JsonIgnore]
    public bool IsUsable => EndsByItself && !string.IsNullOrWhiteSpace(Text);

    /// <summary>Scores an answer.</summary>
    /// <param name="prompt">The conversation that the model read.</param>
    /// <param name="reference">The reference answer; null for none.</param>
    /// <param name="answer">The answer. One that calls a tool counts as cut off.</param>
    /// <param name="rewards">The rules that judge it.</param>
    /// <exception cref="ArgumentException">A reward needs a reference answer, and the question has none.</exception>
    public static SampledAnswer Create(Conversation prompt, string? reference, Answer answer, WeightedRewards rewards)
    {
        ArgumentNullException.ThrowIfNull(answer);
        ArgumentNullException.ThrowIfNull(rewards);
        var ends = answer is { IsComplete: true, ToolCall: null };
        var scores = rewards.ScoreParts(new(prompt, reference, answer.Text, answer.TokenIds.Count, ends));
        return new(
            answer.Text, answer.TokenIds.Count, ends, scores.Total,
            scores.Parts.ToDictionary(part => part.Name, part => part.Score, StringComparer.Ordinal));
    }
}
