namespace TurkishLlm.Synthesis.Grouping;

/// <summary>
/// Groups all chunks of a submodule, that is, its head page with its children, for questions about the feature as a whole.
/// </summary>
public sealed class SubmoduleRule : IGroupingRule
{
    /// <inheritdoc/>
    public int Number => 2;

    /// <inheritdoc/>
    public string Name => "Submodule";

    /// <inheritdoc/>
    public string Description => "All chunks of a submodule: questions about a feature as a whole.";

    /// <inheritdoc/>
    public IEnumerable<GroupDraft> Group(ChunkSet chunks)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        return
            from part in chunks.All.GroupBy(chunk => (chunk.Language, chunk.ModuleKey, chunk.Submodule))
            where part.Count() > 1
            let head = part.FirstOrDefault(chunk => chunk.IsHead) ?? part.First()
            select new GroupDraft(
                $"{part.Key.Language}/{part.Key.ModuleKey}/{part.Key.Submodule}", $"{head.Module}: {PageTitle.Get(head)}",
                [],
                [.. part]);
    }
}
