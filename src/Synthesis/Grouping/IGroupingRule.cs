namespace TurkishLlm.Synthesis.Grouping;

/// <summary>A rule that selects the chunks that a question is about.</summary>
/// <remarks>Source: reference report on fine-tuning, section 13.</remarks>
public interface IGroupingRule
{
    /// <summary>Permanent number of the rule, 1 … 11.</summary>
    int Number { get; }

    /// <summary>Name of the rule.</summary>
    string Name { get; }

    /// <summary>Which chunks the rule groups, and for which questions.</summary>
    string Description { get; }

    /// <summary>
    /// Returns the groups. A rule depends only on the structure of the documentation: the same chunks in any order give the same
    /// groups.
    /// </summary>
    IEnumerable<GroupDraft> Group(ChunkSet chunks);
}
