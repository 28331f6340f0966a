namespace TurkishLlm.Synthesis.Grouping;

/// <summary>Groups all chunks of a module, for questions about its structure.</summary>
public sealed class ModuleRule : IGroupingRule
{
    /// <inheritdoc/>
    public int Number => 3;

    /// <inheritdoc/>
    public string Name => "Module";

    /// <inheritdoc/>
    public string Description => "All chunks of a module: questions about its structure.";

    /// <inheritdoc/>
    public IEnumerable<GroupDraft> Group(ChunkSet chunks)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        return
            from module in chunks.All.GroupBy(chunk => (chunk.Language, chunk.ModuleKey))
            where module.Count() > 1
            select new GroupDraft($"{module.Key.Language}/{module.Key.ModuleKey}", module.First().Module, [], [.. module]);
    }
}
