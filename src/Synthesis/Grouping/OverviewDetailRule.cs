using TurkishLlm.Synthesis.Documentation;

namespace TurkishLlm.Synthesis.Grouping;

/// <summary>
/// Groups the sections of an overview that link to a page with that page, for questions about the whole and the part.
/// </summary>
public sealed class OverviewDetailRule : IGroupingRule
{
    /// <inheritdoc/>
    public int Number => 7;

    /// <inheritdoc/>
    public string Name => "Overview + detail";

    /// <inheritdoc/>
    public string Description => "A module's overview with one of the pages that it links to.";

    /// <inheritdoc/>
    public IEnumerable<GroupDraft> Group(ChunkSet chunks)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        return
            from overview in chunks.Pages.Where(page => page.Level == PageLevel.Overview)
            from detail in chunks.Pages
            where
                detail.Level == PageLevel.Detail && (detail.Language, detail.ModuleKey) == (overview.Language, overview.ModuleKey)
            let saying = chunks.GetChunks(overview.Document).Where(chunk => ChunkSet.LinksTo(chunk, detail.Document)).ToArray()
            where saying.Length > 0
            select new GroupDraft(
                $"{Path.ChangeExtension(overview.Document, null)}+{Path.GetFileNameWithoutExtension(detail.Document)}",
                $"{overview.Module}: {PageTitle.Get(overview)} + {PageTitle.Get(detail)}",
                saying,
                [.. chunks.GetChunks(detail.Document)]);
    }
}
