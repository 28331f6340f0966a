using TurkishLlm.Data.Conversations;

namespace TurkishLlm.Data.Preference;

/// <summary>
/// A chosen and a rejected answer to one prompt. The prompts are equal, token by token, and the loss masks cover only the
/// answers.
/// </summary>
/// <param name="Chosen">The better answer.</param>
/// <param name="Rejected">The worse answer.</param>
/// <remarks>Spec: DPO-08.</remarks>
public sealed record PreferencePair(TokenizedExample Chosen, TokenizedExample Rejected)
{
    /// <summary>Number of positions of both.</summary>
    public int Length => Chosen.Length + Rejected.Length;
}
