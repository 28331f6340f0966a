using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Documentation;

namespace TurkishLlm.Synthesis.Grouping;

/// <summary>
/// Uses the map of a module: the section of its overview that links to the most pages of the module, at least three, with the
/// section before it that describes the module. For questions about where things are.
/// </summary>
public sealed class ModuleMapRule : IGroupingRule
{
    private const int MinPages = 3;

    /// <inheritdoc/>
    public int Number => 11;

    /// <inheritdoc/>
    public string Name => "Module map";

    /// <inheritdoc/>
    public string Description => "The map of a module: questions about where things are.";

    /// <inheritdoc/>
    public IEnumerable<GroupDraft> Group(ChunkSet chunks)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        return
            from overview in chunks.Pages.Where(page => page.Level == PageLevel.Overview)
            let map = chunks.GetChunks(overview.Document).MaxBy(chunk => CountPages(chunk, chunks))
            where CountPages(map, chunks) >= MinPages
            select new GroupDraft(
                Path.ChangeExtension(overview.Document, null),
                $"{overview.Module}: {PageTitle.Get(overview)}",
                [],
                chunks.Sort([overview, map]));
    }

    private static int CountPages(Chunk chunk, ChunkSet chunks) =>
        chunk
            .Links.Select(ChunkSet.GetDocument)
            .Distinct()
            .Count(document => chunks.GetChunks(document).First().ModuleKey == chunk.ModuleKey);
}
