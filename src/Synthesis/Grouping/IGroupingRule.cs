namespace TurkishLlm.Synthesis.Grouping;

/// <summary>A way to look at documentation: which chunks questions are asked about together.</summary>
/// <remarks>Source: reference report on fine-tuning, section 13.</remarks>
public interface IGroupingRule
{
    /// <summary>1 … 11, for ever.</summary>
    int Number { get; }

    /// <summary>What it is called.</summary>
    string Name { get; }

    /// <summary>What it puts together, and for which questions.</summary>
    string Description { get; }

    /// <summary>Its groups. A rule decides by the structure of the documentation alone: the same chunks in any order give the same groups.</summary>
    IEnumerable<GroupDraft> Group(ChunkSet chunks);
}
