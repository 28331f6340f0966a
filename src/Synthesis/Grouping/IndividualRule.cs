namespace TurkishLlm.Synthesis.Grouping;

/// <summary>Uses each chunk alone, for questions about facts, definitions and simple procedures.</summary>
public sealed class IndividualRule : IGroupingRule
{
    /// <inheritdoc/>
    public int Number => 1;

    /// <inheritdoc/>
    public string Name => "Individual";

    /// <inheritdoc/>
    public string Description => "Each chunk alone: facts, definitions, simple procedures.";

    /// <inheritdoc/>
    public IEnumerable<GroupDraft> Group(ChunkSet chunks)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        return chunks.All.Select(chunk => new GroupDraft(chunk.ChunkId, chunk.Breadcrumb, [], [chunk]));
    }
}
