namespace TurkishLlm.Model;

/// <summary>Suggests the intended word for a misspelled one.</summary>
public static class SpellingSuggestions
{
    /// <summary>
    /// Returns the candidate with the fewest typing errors (a letter inserted, deleted or replaced, or two adjacent letters
    /// swapped), or null if a third of the word or more would have to change.
    /// </summary>
    public static string? FindClosest(string word, IEnumerable<string> candidates)
    {
        ArgumentNullException.ThrowIfNull(word);
        ArgumentNullException.ThrowIfNull(candidates);

        var (best, errors) = ((string?)null, int.MaxValue);
        foreach (var candidate in candidates)
        {
            var distance = EditDistance(word.ToLowerInvariant(), candidate.ToLowerInvariant());
            if (distance < errors) (best, errors) = (candidate, distance);
        }

        var allowed = Math.Max(1, (Math.Max(word.Length, best?.Length ?? 0) - 1) / 3);
        return errors <= allowed ? best : null;
    }

    /// <summary>Returns " Did you mean "…"?" if a candidate is close, otherwise " Known: …" with all candidates.</summary>
    public static string FormatHint(string word, IReadOnlyCollection<string> candidates) =>
        FindClosest(word, candidates) is { } meant ? $" Did you mean \"{meant}\"?" : $" Known: {string.Join(", ", candidates)}.";

    // Optimal string alignment: Levenshtein distance with swaps of adjacent letters.
    private static int EditDistance(string a, string b)
    {
        var cost = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++) cost[i, 0] = i;
        for (var j = 0; j <= b.Length; j++) cost[0, j] = j;

        for (var i = 1; i <= a.Length; i++)
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = cost[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                cost[i, j] = Math.Min(replaced, 1 + Math.Min(cost[i - 1, j], cost[i, j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
            }

        return cost[a.Length, b.Length];
    }
}
