using TurkishLlm.Synthesis.Grouping;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>Selects a few groups for comparing models.</summary>
public static class PilotGroups
{
    /// <summary>
    /// Selects groups, one of each rule in turn, by a hash of their ids: the same in every run and for every model.
    /// </summary>
    public static IReadOnlyList<ChunkGroup> Select(Blueprint blueprint, int count)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        var selected = blueprint.Groups.GroupBy(group => group.Rule)
            .SelectMany(rule =>
                rule.OrderBy(group => ModelRequest.ComputeHash(group.Id), StringComparer.Ordinal)
                    .Select((group, turn) => (Group: group, Turn: turn)))
            .OrderBy(pick => pick.Turn)
            .ThenBy(pick => pick.Group.Rule)
            .Take(count)
            .Select(pick => pick.Group.Id)
            .ToHashSet(StringComparer.Ordinal);
        return [.. blueprint.Groups.Where(group => selected.Contains(group.Id))];
    }
}
