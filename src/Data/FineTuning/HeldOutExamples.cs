namespace TurkishLlm.Data.FineTuning;

/// <summary>Selects the held-out examples: whole groups, those with the lowest priority first.</summary>
internal static class HeldOutExamples
{
    /// <param name="groups">Groups of examples that must be in the same split; one entry per priority.</param>
    /// <param name="priorities">A number per example that depends only on its text and the seed.</param>
    /// <param name="share">Requested fraction of the examples.</param>
    /// <returns>Indices of the held-out examples; at least one if the fraction is above 0, and never all.</returns>
    public static IEnumerable<int> Choose(SplitGroups groups, IReadOnlyList<ulong> priorities, double share)
    {
        var all = priorities.Count;
        var wanted =
            all < 2 || share <= 0 ? 0 : Math.Clamp((int)Math.Round(share * all, MidpointRounding.AwayFromZero), 1, all - 1);
        var left = wanted;
        foreach (
            var group in Enumerable.Range(0, all).GroupBy(groups.Find).OrderBy(group => group.Min(example => priorities[example]))
        )
        {
            if (left <= 0) break;
            if (group.Count() >= all - (wanted - left)) continue;      // would leave no training example
            foreach (var example in group) yield return example;
            left -= group.Count();
        }
    }
}
