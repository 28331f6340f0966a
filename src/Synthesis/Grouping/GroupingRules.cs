using System.Globalization;
using TurkishLlm.Synthesis.Chunks;

namespace TurkishLlm.Synthesis.Grouping;

/// <summary>The eleven grouping rules.</summary>
public static class GroupingRules
{
    /// <summary>Default maximum number of tokens of a group: about a module of the reference report.</summary>
    public const int DefaultMaxTokens = 16_000;

    /// <summary>The rules, ordered by number.</summary>
    public static IReadOnlyList<IGroupingRule> All { get; } =
    [
        new IndividualRule(),
        new SubmoduleRule(), new ModuleRule(), new VerticalStackRule(), new HorizontalSiblingsRule(), new CrossModuleRule(),
        new OverviewDetailRule(),
        new DataFlowChainRule(), new FoundationConsumerRule(), new SharedTableRule(), new ModuleMapRule(),
    ];

    /// <summary>
    /// Applies rules in order. A group with more tokens than the maximum is split into parts of about equal size.
    /// </summary>
    /// <param name="chunks">All chunks; groups never mix languages.</param>
    /// <param name="rules">The rules to apply.</param>
    /// <param name="maxTokens">Maximum number of tokens of a group; a single chunk may have more.</param>
    public static IEnumerable<ChunkGroup> Group(
        ChunkSet chunks, IEnumerable<IGroupingRule> rules,
        int maxTokens = DefaultMaxTokens)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        ArgumentNullException.ThrowIfNull(rules);
        foreach (var rule in rules)
            foreach (var draft in rule.Group(chunks))
            {
                var parts = SplitIntoParts(draft, maxTokens);
                for (var part = 0; part < parts.Count; part++)
                    yield return new(
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"r{rule.Number:D2}/{draft.Key}{(parts.Count > 1 ? $"~{part + 1}" : "")}"),
                        rule.Number,
                        draft.Title,
                        draft.Chunks[0].Language,
                        [.. parts[part].Select(chunk => chunk.ChunkId)],
                        parts[part].Sum(chunk => chunk.TokenCount));
            }
    }

    private static List<List<Chunk>> SplitIntoParts(GroupDraft draft, int maxTokens)
    {
        List<Chunk> lead = [.. draft.Lead.DistinctBy(chunk => chunk.ChunkId)];
        var rest = draft
            .Rest.DistinctBy(chunk => chunk.ChunkId)
            .ExceptBy(lead.Select(chunk => chunk.ChunkId), chunk => chunk.ChunkId)
            .ToArray();
        var room = Math.Max(1, maxTokens - lead.Sum(chunk => chunk.TokenCount));
        var tokens = rest.Sum(chunk => (long)chunk.TokenCount);
        if (tokens <= room) return [[.. lead, .. rest]];

        var target = tokens / Math.Ceiling((double)tokens / room);
        List<List<Chunk>> parts = [];
        long inPart = 0, before = 0;
        foreach (var chunk in rest)
        {
            if (parts.Count == 0 || inPart + chunk.TokenCount > room || before >= parts.Count * target)
            {
                parts.Add([.. lead]);
                inPart = 0;
            }
            parts[^1].Add(chunk);
            inPart += chunk.TokenCount;
            before += chunk.TokenCount;
        }
        return parts;
    }
}
