using TurkishLlm.Synthesis.Chunks;

namespace TurkishLlm.Synthesis.Grouping;

/// <summary>What a rule puts together.</summary>
/// <param name="Key">What it is about, unlike all others of the rule.</param>
/// <param name="Title">The same for people.</param>
/// <param name="Lead">Chunks that the others need; where a group is too large for one request, each part begins with them.</param>
/// <param name="Rest">The others, in the order in which they are read.</param>
public sealed record GroupDraft(string Key, string Title, IReadOnlyList<Chunk> Lead, IReadOnlyList<Chunk> Rest)
{
    /// <summary>All chunks.</summary>
    public IReadOnlyList<Chunk> Chunks => [.. Lead, .. Rest];
}
