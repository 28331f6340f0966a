using TurkishLlm.Synthesis.Chunks;

namespace TurkishLlm.Synthesis.Grouping;

/// <summary>A group as proposed by a rule.</summary>
/// <param name="Key">Key that is unique within the rule.</param>
/// <param name="Title">Display title.</param>
/// <param name="Lead">
/// Chunks that the others depend on. If the group is too large for one request, each part begins with them.
/// </param>
/// <param name="Rest">The other chunks, in reading order.</param>
public sealed record GroupDraft(string Key, string Title, IReadOnlyList<Chunk> Lead, IReadOnlyList<Chunk> Rest)
{
    /// <summary>All chunks.</summary>
    public IReadOnlyList<Chunk> Chunks => [.. Lead, .. Rest];
}
