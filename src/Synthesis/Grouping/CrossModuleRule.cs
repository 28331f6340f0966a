namespace TurkishLlm.Synthesis.Grouping;

/// <summary>
/// Groups the sections of two pages of different modules that link to each other, for questions about how modules work together.
/// </summary>
public sealed class CrossModuleRule : IGroupingRule
{
    /// <inheritdoc/>
    public int Number => 6;

    /// <inheritdoc/>
    public string Name => "Cross-module";

    /// <inheritdoc/>
    public string Description => "Pages of different modules that link to each other: how modules work together.";

    /// <inheritdoc/>
    public IEnumerable<GroupDraft> Group(ChunkSet chunks)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        var links = chunks.All
            .SelectMany(from => from.Links.Select(ChunkSet.GetDocument).Distinct().Select(to => (From: from, To: to)))
            .Where(link =>
                chunks.GetChunks(link.To).First().ModuleKey != link.From.ModuleKey
                && chunks.GetChunks(link.To).First().Language == link.From.Language)
            .ToLookup(link => (link.From.Document, link.To), link => link.From);
        return
            from pair in links.Select(link => link.Key)
            where string.CompareOrdinal(pair.Document, pair.To) < 0 && links.Contains((pair.To, pair.Document))
            orderby pair.Document, pair.To
            let here = chunks.GetChunks(pair.Document).First()
            let there = chunks.GetChunks(pair.To).First()
            select new GroupDraft(
                $"{Path.ChangeExtension(pair.Document, null)}+{there.ModuleKey}/{Path.GetFileNameWithoutExtension(pair.To)}",
                $"{here.Module}: {PageTitle.Get(here)} + {there.Module}: {PageTitle.Get(there)}",
                [],
                [.. links[pair], .. links[(pair.To, pair.Document)]]);
    }
}
