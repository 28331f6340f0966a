namespace TurkishLlm.Tests.Unit.Specification;

/// <summary>A covering array of strength two: rows of levels in which every pair of levels of two factors occurs.</summary>
/// <remarks>
/// Greedy and deterministic: a row begins with the first pair that is not covered and takes, factor by factor, the level that
/// covers the most further pairs; a row that cannot be completed validly is completed by trying all levels in order.
/// Source: Cohen, Dalal, Fredman and Patton 1997, "The AETG system", section 3.
/// </remarks>
internal sealed class PairwiseCover
{
    private readonly IReadOnlyList<int> _levels;
    private readonly Func<IReadOnlyList<int>, bool> _isValid;
    private readonly List<int[]> _rows = [];
    private readonly List<(int FactorA, int LevelA, int FactorB, int LevelB)> _impossible = [];

    /// <param name="levels">Number of levels of each factor.</param>
    /// <param name="isValid">Returns false if a row cannot be; a level of −1 is not chosen yet, and must count as valid.</param>
    public PairwiseCover(IReadOnlyList<int> levels, Func<IReadOnlyList<int>, bool> isValid)
    {
        (_levels, _isValid) = (levels, isValid);
        var open = AllPairs().ToList();
        while (open.Count > 0)
        {
            var (a, levelA, b, levelB) = open[0];
            int[] row = [.. levels.Select(_ => -1)];
            (row[a], row[b]) = (levelA, levelB);
            if (Complete(row, open) is not { } complete)
            {
                _impossible.Add(open[0]);
                open.RemoveAt(0);
                continue;
            }
            _rows.Add(complete);
            open.RemoveAll(pair => complete[pair.A] == pair.LevelA && complete[pair.B] == pair.LevelB);
        }
    }

    /// <summary>The rows.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Rows => _rows;

    /// <summary>Pairs of levels that no valid row has.</summary>
    public IReadOnlyList<(int FactorA, int LevelA, int FactorB, int LevelB)> Impossible => _impossible;

    /// <summary>All pairs of levels of two factors.</summary>
    public IEnumerable<(int A, int LevelA, int B, int LevelB)> AllPairs() =>
        from a in Enumerable.Range(0, _levels.Count)
        from b in Enumerable.Range(a + 1, _levels.Count - a - 1)
        from levelA in Enumerable.Range(0, _levels[a])
        from levelB in Enumerable.Range(0, _levels[b])
        select (a, levelA, b, levelB);

    // Depth first, most gain first.
    private int[]? Complete(int[] row, List<(int A, int LevelA, int B, int LevelB)> open)
    {
        if (!_isValid(row)) return null;
        var factor = Array.IndexOf(row, -1);
        if (factor < 0) return row;
        return Enumerable.Range(0, _levels[factor])
            .OrderByDescending(level => open.Count(pair =>
                (pair.A == factor && pair.LevelA == level && row[pair.B] == pair.LevelB)
                || (pair.B == factor && pair.LevelB == level && row[pair.A] == pair.LevelA)))
            .Select(level =>
            {
                int[] next = [.. row];
                next[factor] = level;
                return Complete(next, open);
            })
            .FirstOrDefault(complete => complete is not null);
    }
}
