namespace TurkishLlm.Inference.Generation;

/// <summary>Finds the most likely tokens.</summary>
internal static class TokenRanking
{
    // Up to this number, keeping a sorted list is faster than sorting the vocabulary.
    private const int LongestList = 1024;

    /// <summary>Returns tokens by their scores, smallest first, and equal scores by id.</summary>
    /// <param name="logits">One logit per token of the vocabulary.</param>
    /// <param name="temperature">The score of a token is its negative logit divided by the temperature.</param>
    /// <param name="count">Number of tokens to return; at most that of the logits.</param>
    public static (double Score, int Id)[] Rank(ReadOnlySpan<float> logits, double temperature, int count) =>
        count <= LongestList && count < logits.Length ? Select(logits, temperature, count) : Sort(logits, temperature)[..count];

    private static (double Score, int Id)[] Select(ReadOnlySpan<float> logits, double temperature, int count)
    {
        var best = new (double Score, int Id)[count];
        var (found, lowest) = (0, float.NegativeInfinity);
        for (var id = 0; id < logits.Length; id++)
        {
            // Most tokens end here, without a division.
            if (found == count && logits[id] <= lowest) continue;
            var score = -logits[id] / temperature;
            if (found == count && score >= best[^1].Score) continue;
            var place = found < count ? found++ : count - 1;
            for (; place > 0 && score < best[place - 1].Score; place--) best[place] = best[place - 1];
            best[place] = (score, id);
            lowest = logits[best[found - 1].Id];
        }
        return best;
    }

    private static (double Score, int Id)[] Sort(ReadOnlySpan<float> logits, double temperature)
    {
        var (scores, ids) = (new double[logits.Length], new int[logits.Length]);
        for (var i = 0; i < ids.Length; i++) (scores[i], ids[i]) = (-logits[i] / temperature, i);
        Array.Sort(scores, ids);
        // Sorting pairs of numbers is slow, so ids are sorted only within equal scores.
        for (int from = 0, to; from < ids.Length; from = to)
        {
            for (to = from + 1; to < ids.Length && scores[to] == scores[from]; to++) { }
            if (to - from > 1) Array.Sort(ids, from, to - from);
        }
        return [.. scores.Zip(ids)];
    }
}
