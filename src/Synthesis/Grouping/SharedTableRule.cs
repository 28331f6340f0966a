namespace TurkishLlm.Synthesis.Grouping;

/// <summary>Groups chunks of several modules that mention the same database table, for questions about shared data.</summary>
public sealed class SharedTableRule : IGroupingRule
{
    /// <inheritdoc/>
    public int Number => 10;

    /// <inheritdoc/>
    public string Name => "Shared DB tables";

    /// <inheritdoc/>
    public string Description => "Chunks of several modules that mention the same database table.";

    /// <inheritdoc/>
    public IEnumerable<GroupDraft> Group(ChunkSet chunks)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        return
            from use in chunks.All.SelectMany(chunk => chunk.Tables.Select(table => (Table: table, Chunk: chunk)))
            group use.Chunk by (use.Chunk.Language, use.Table) into uses
            where uses.Select(chunk => chunk.ModuleKey).Distinct().Skip(1).Any()
            orderby uses.Key.Language, uses.Key.Table
            select new GroupDraft($"{uses.Key.Language}/{uses.Key.Table}", uses.Key.Table, [], [.. uses]);
    }
}
