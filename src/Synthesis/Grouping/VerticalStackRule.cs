using TurkishLlm.Synthesis.Documentation;

namespace TurkishLlm.Synthesis.Grouping;

/// <summary>
/// Groups one feature at increasing levels of detail: the sections of the module's overview about it, the page that explains it,
/// the page for programs; and, within a page, a section with its subsections.
/// </summary>
public sealed class VerticalStackRule : IGroupingRule
{
    /// <inheritdoc/>
    public int Number => 4;

    /// <inheritdoc/>
    public string Name => "Vertical stack";

    /// <inheritdoc/>
    public string Description =>
        "The same feature at different levels of detail: overview, detail, API; a section with its subsections.";

    /// <inheritdoc/>
    public IEnumerable<GroupDraft> Group(ChunkSet chunks)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        return [.. GroupPages(chunks), .. GroupSections(chunks)];
    }

    private static IEnumerable<GroupDraft> GroupPages(ChunkSet chunks) =>
        from part in chunks.Pages.GroupBy(page => (page.Language, page.ModuleKey, page.Submodule))
        let detail = part.FirstOrDefault(page => page is { IsHead: true, Level: PageLevel.Detail })
        where detail is not null
        let programs = part.Where(page => page.Level == PageLevel.Api)
            .SelectMany(page => chunks.GetChunks(page.Document))
            .ToArray()
        let overview = chunks
            .Pages.Where(page =>
                page.Level == PageLevel.Overview && (page.Language, page.ModuleKey) == (part.Key.Language, part.Key.ModuleKey))
            .SelectMany(page => chunks.GetChunks(page.Document))
            .Where(chunk => ChunkSet.LinksTo(chunk, detail.Document))
            .ToArray()
        where programs.Length > 0
        select new GroupDraft(
            $"{part.Key.Language}/{part.Key.ModuleKey}/{part.Key.Submodule}",
            $"{detail.Module}: {PageTitle.Get(detail)}", overview,
            [.. chunks.GetChunks(detail.Document), .. programs]);

    private static IEnumerable<GroupDraft> GroupSections(ChunkSet chunks) =>
        from under in chunks.All.Where(chunk => chunk.Parent.Length > 0).GroupBy(chunk => chunk.Parent)
        let above = chunks[under.Key]
        select new GroupDraft(above.ChunkId, above.Breadcrumb, [above], [.. under]);
}
