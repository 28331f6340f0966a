namespace TurkishLlm.Synthesis.Grouping;

/// <summary>All chunks of a part of a module: the page that heads it and its children. Questions about the feature as a whole.</summary>
public sealed class SubmoduleRule : IGroupingRule
{
    /// <inheritdoc/>
    public int Number => 2;

    /// <inheritdoc/>
    public string Name => "Submodule";

    /// <inheritdoc/>
    public string Description => "All chunks of a part of a module: synthesis within a feature.";

    /// <inheritdoc/>
    public IEnumerable<GroupDraft> Group(ChunkSet chunks)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        return
            from part in chunks.All.GroupBy(chunk => (chunk.Language, chunk.ModuleKey, chunk.Submodule))
            where part.Count() > 1
            let head = part.FirstOrDefault(chunk => chunk.IsHead) ?? part.First()
            select new GroupDraft($"{part.Key.Language}/{part.Key.ModuleKey}/{part.Key.Submodule}", $"{head.Module}: {PageTitle.Get(head)}", [], [.. part]);
    }
}
