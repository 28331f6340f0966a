using TurkishLlm.Synthesis.Chunks;

namespace TurkishLlm.Synthesis.Grouping;

/// <summary>
/// Groups consecutive pages of a process, from the first page to the last in the same language; at least three.
/// </summary>
public sealed class DataFlowChainRule : IGroupingRule
{
    private const int MinPages = 3;

    /// <inheritdoc/>
    public int Number => 8;

    /// <inheritdoc/>
    public string Name => "Data flow chain";

    /// <inheritdoc/>
    public string Description => "Consecutive pages of a process, such as order, production, delivery.";

    /// <inheritdoc/>
    public IEnumerable<GroupDraft> Group(ChunkSet chunks)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        var pages = chunks.Pages.ToDictionary(page => page.Document, StringComparer.Ordinal);
        var followers = chunks.Pages.Select(page => page.NextDocument).ToHashSet(StringComparer.Ordinal);
        foreach (var first in chunks.Pages.Where(page => !followers.Contains(page.Document)))
        {
            List<Chunk> chain = [];
            for (
                var page = first;
                page is not null && page.Language == first.Language && !chain.Contains(page);
                page = pages.GetValueOrDefault(page.NextDocument))
                chain.Add(page);
            if (chain.Count < MinPages) continue;
            yield return new(
                Path.ChangeExtension(first.Document, null),
                string.Join(" → ", chain.Select(PageTitle.Get)),
                [],
                [.. chain.SelectMany(page => chunks.GetChunks(page.Document))]);
        }
    }
}
