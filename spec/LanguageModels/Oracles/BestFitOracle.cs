namespace TurkishLlm.Specification.LanguageModels.Oracles;

/// <summary>Best-fit decreasing: the longest items first, each into the bin where it leaves the least room.</summary>
/// <remarks>
/// Items of one length keep their order. Of several bins with the same room the one that was filled last is taken.
/// Source: Ding et al. 2024, arXiv:2404.10830, section 3.
/// </remarks>
public static class BestFitOracle
{
    /// <summary>Returns the items of each bin, in the order of filling.</summary>
    public static IReadOnlyList<IReadOnlyList<int>> Pack(IReadOnlyList<int> lengths, int capacity)
    {
        var bins = new List<(List<int> Items, int Room, int FilledAt)>();
        var remaining = Enumerable.Range(0, lengths.Count).ToList();
        for (var time = 0; remaining.Count > 0; time++)
        {
            var item = remaining.MaxBy(candidate => lengths[candidate]);
            remaining.Remove(item);
            var best = -1;
            for (var bin = 0; bin < bins.Count; bin++)
                if (bins[bin].Room >= lengths[item]
                    && (best < 0
                        || bins[bin].Room < bins[best].Room
                        || (bins[bin].Room == bins[best].Room && bins[bin].FilledAt > bins[best].FilledAt)))
                    best = bin;
            if (best < 0) (best, bins) = (bins.Count, [.. bins, ([], capacity, time)]);
            bins[best].Items.Add(item);
            bins[best] = (bins[best].Items, bins[best].Room - lengths[item], time);
        }
        return [.. bins.Select(bin => bin.Items)];
    }
}
