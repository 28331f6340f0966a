using TurkishLlm.Data.Conversations;

namespace TurkishLlm.Data.Preference;

/// <summary>An answer with its label, and an answer to another question after the same prompt.</summary>
/// <param name="Answer">The prompt and its answer.</param>
/// <param name="Mismatched">The same prompt and the answer of another row; see <see cref="MismatchedAnswers"/>.</param>
/// <param name="IsDesirable">True if the answer is a good one.</param>
public sealed record LabeledAnswer(TokenizedExample Answer, TokenizedExample Mismatched, bool IsDesirable)
{
    /// <summary>Number of positions of the answer with its prompt.</summary>
    public int Length => Answer.Length;
}
