using TurkishLlm.Synthesis.Documentation;

namespace TurkishLlm.Synthesis.Grouping;

/// <summary>
/// Groups sibling features: the children of one page, or the sections under one heading, for questions that compare.
/// </summary>
public sealed class HorizontalSiblingsRule : IGroupingRule
{
    /// <inheritdoc/>
    public int Number => 5;

    /// <inheritdoc/>
    public string Name => "Horizontal siblings";

    /// <inheritdoc/>
    public string Description => "Parallel features of the same depth: comparisons.";

    /// <inheritdoc/>
    public IEnumerable<GroupDraft> Group(ChunkSet chunks)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        var pages =
            from part in chunks
                .Pages.Where(page => page is { IsHead: false, Level: PageLevel.Detail })
                .GroupBy(page => (page.Language, page.ModuleKey, page.Submodule))
            where part.Count() > 1
            select new GroupDraft(
                $"{part.Key.Language}/{part.Key.ModuleKey}/{part.Key.Submodule}",
                $"{part.First().Module}: {string.Join(", ", part.Select(PageTitle.Get))}",
                [], [.. part.SelectMany(page => chunks.GetChunks(page.Document))]);
        var sections =
            from under in chunks.All.Where(chunk => chunk.Parent.Length > 0).GroupBy(chunk => (chunk.Parent, chunk.Depth))
            where under.Count() > 1
            select new GroupDraft(under.Key.Parent, chunks[under.Key.Parent].Breadcrumb, [], [.. under]);
        return [.. pages, .. sections];
    }
}
