namespace TurkishLlm.Data.FineTuning;

/// <summary>Chooses which examples are held out: whole groups, those with the lowest priority numbers first.</summary>
internal static class HeldOutExamples
{
    /// <param name="groups">Examples that would tell each other's answers; as many as there are priorities.</param>
    /// <param name="priorities">A number for each example that depends on its text and the seed alone.</param>
    /// <param name="share">Share of the examples wanted.</param>
    /// <returns>Numbers of the examples that are held out; at least one where a share is wanted, and never all.</returns>
    public static IEnumerable<int> Choose(SplitGroups groups, IReadOnlyList<ulong> priorities, double share)
    {
        var all = priorities.Count;
        var wanted = all < 2 || share <= 0 ? 0 : Math.Clamp((int)Math.Round(share * all, MidpointRounding.AwayFromZero), 1, all - 1);
        var left = wanted;
        foreach (var group in Enumerable.Range(0, all).GroupBy(groups.Find).OrderBy(group => group.Min(example => priorities[example])))
        {
            if (left <= 0) break;
            if (group.Count() >= all - (wanted - left)) continue;      // would leave nothing to learn from
            foreach (var example in group) yield return example;
            left -= group.Count();
        }
    }
}
