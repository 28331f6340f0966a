using System.Text;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Spec.Tokenization;

/// <summary>Trainers that learn plausible but wrong merges.</summary>
internal static class IncorrectTrainers
{
    /// <summary>Learns merges by the definition, with one error.</summary>
    /// <param name="pieceCounts">Pre-tokens with their counts.</param>
    /// <param name="merges">Number of merges to learn.</param>
    /// <param name="higherIdWins">True to break ties by the higher id.</param>
    /// <param name="countOnce">True to keep the pair counts from before the first merge.</param>
    /// <param name="wrap">Wraps a sum as a narrow counter does.</param>
    public static List<(int Left, int Right)> Learn(
        IReadOnlyDictionary<string, long> pieceCounts,
        int merges,
        bool higherIdWins = false,
        bool countOnce = false,
        Func<long, long>? wrap = null)
    {
        var words = pieceCounts
            .Select(piece =>
                (
                    Tokens: Encoding.UTF8.GetBytes(piece.Key).Select(b => VocabularyLayout.FirstByte + b).ToList(),
                    Count: piece.Value))
            .ToList();
        var first = Count(words, wrap);
        var learned = new List<(int Left, int Right)>();
        while (learned.Count < merges)
        {
            var counts = Count(words, wrap);
            if (countOnce)
                foreach (var (pair, count) in first) counts[pair] = count;
            var left = counts.Where(pair => !learned.Contains(pair.Key)).OrderByDescending(pair => pair.Value);
            var sorted = higherIdWins ? left.ThenByDescending(p => p.Key) : left.ThenBy(p => p.Key);
            if (!sorted.Any()) break;
            learned.Add(sorted.First().Key);
            foreach (var (tokens, _) in words) Merge(tokens, learned[^1], VocabularyLayout.FirstMerge + learned.Count - 1);
        }
        return learned;
    }

    private static Dictionary<(int Left, int Right), long> Count(
        List<(List<int> Tokens, long Count)> words, Func<long, long>? wrap)
    {
        var counts = new Dictionary<(int, int), long>();
        foreach (var (tokens, count) in words)
            foreach (var pair in tokens.Zip(tokens.Skip(1)))
                counts[pair] = counts.GetValueOrDefault(pair) + count;
        return wrap is null ? counts : counts.ToDictionary(pair => pair.Key, pair => wrap(pair.Value));
    }

    private static void Merge(List<int> tokens, (int Left, int Right) pair, int made)
    {
        for (var i = 0; i + 1 < tokens.Count; i++)
        {
            if ((tokens[i], tokens[i + 1]) != pair) continue;
            tokens[i] = made;
            tokens.RemoveAt(i + 1);
        }
    }
}
