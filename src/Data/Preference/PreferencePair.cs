using TurkishLlm.Data.Conversations;

namespace TurkishLlm.Data.Preference;

/// <summary>Two answers to one prompt, of which one is better. The prompts are equal, token by token, and only the answers are marked.</summary>
/// <param name="Chosen">The better one.</param>
/// <param name="Rejected">The other.</param>
/// <remarks>Spec: DPO-08.</remarks>
public sealed record PreferencePair(TokenizedExample Chosen, TokenizedExample Rejected)
{
    /// <summary>Places a model reads for both.</summary>
    public int Length => Chosen.Length + Rejected.Length;
}
