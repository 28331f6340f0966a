namespace TurkishLlm.Synthesis;

/// <summary>
/// The map of a module: the section of its overview that leads to the most of its pages, at least three, with the section
/// before it that says what the module is for. Questions about where things are.
/// </summary>
public sealed class ModuleMapRule : IGroupingRule
{
    private const int FewestPages = 3;

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
            let map = chunks.Of(overview.Document).MaxBy(chunk => Pages(chunk, chunks))
            where Pages(map, chunks) >= FewestPages
            select new GroupDraft(
                Path.ChangeExtension(overview.Document, null), $"{overview.Module}: {PageTitle.Of(overview)}", [], chunks.InOrder([overview, map]));
    }

    private static int Pages(Chunk chunk, ChunkSet chunks) =>
        chunk.Links.Select(ChunkSet.DocumentOf).Distinct().Count(document => chunks.Of(document).First().ModuleKey == chunk.ModuleKey);
}
