using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Synthesis.Grouping;

/// <summary>
/// Groups a section about prerequisites with its link targets: the required definitions and the features that use them. If it has
/// no links, it is grouped with the rest of its page.
/// </summary>
public sealed class FoundationConsumerRule : IGroupingRule
{
    private static readonly string[] Keywords = ["önkoşul", "ön koşul", "gereksinim", "prerequisite", "requirement"];

    /// <inheritdoc/>
    public int Number => 9;

    /// <inheritdoc/>
    public string Name => "Foundation + consumer";

    /// <inheritdoc/>
    public string Description => "Prerequisites with the required definitions and the features that use them.";

    /// <inheritdoc/>
    public IEnumerable<GroupDraft> Group(ChunkSet chunks)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        foreach (var foundation in chunks.All.Where(IsFoundation))
        {
            var referred = foundation
                .Links.Select(link => chunks.GetTargets(link).First())
                .Where(target => target.Language == foundation.Language);
            var consumers =
                foundation.Links.Count > 0
                    ? referred
                    : chunks.GetChunks(foundation.Document).Where(chunk => !IsFoundation(chunk));
            var rest = chunks.Sort(consumers.Where(chunk => chunk.ChunkId != foundation.ChunkId));
            if (rest.Count > 0) yield return new(foundation.ChunkId, foundation.Breadcrumb, [foundation], rest);
        }
    }

    /// <summary>Returns true if the heading of a chunk indicates prerequisites.</summary>
    public static bool IsFoundation(Chunk chunk)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        var heading = TurkishCase.ToLower(chunk.SectionHeading);
        return Keywords.Any(word => heading.Contains(word, StringComparison.Ordinal));
    }
}
