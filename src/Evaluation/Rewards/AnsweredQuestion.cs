using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Evaluation.Rewards;

/// <summary>A question and the answer of a model to it: what a reward judges.</summary>
/// <param name="Prompt">The conversation up to and including the question.</param>
/// <param name="Reference">The reference answer; null for none.</param>
/// <param name="Answer">The text of the answer.</param>
/// <param name="Tokens">Number of tokens of the answer, without the one that ended it.</param>
/// <param name="EndsByItself">True if the model ended its turn; false if the answer was cut off.</param>
public sealed record AnsweredQuestion(Conversation Prompt, string? Reference, string Answer, int Tokens, bool EndsByItself)
{
    /// <summary>The text of the question.</summary>
    public string Question => Prompt.Messages[^1].Text;

    /// <summary>The passages that the question is answered from; empty for none.</summary>
    public IReadOnlyList<string> Passages => [.. Prompt.Messages.SelectMany(message => message.Context)];
}
