using System.Text;

namespace TurkishLlm.Spec.Oracles;

/// <summary>
/// Byte pair encoding by its definition: recounts everything for each merge and searches everything again
/// for each step. Ids have the order of the project: 16 special tokens, 256 bytes, then merges.
/// </summary>
/// <remarks>Source: Sennrich et al. 2016, arXiv:1508.07909, algorithm 1.</remarks>
public static class BytePairOracle
{
    private const int FirstByte = 16;
    private const int FirstMerge = FirstByte + 256;

    /// <summary>Learns merges: highest count first, then lower left id, then lower right id; a pair must occur twice.</summary>
    /// <param name="preTokenCounts">Pre-tokens with their counts.</param>
    /// <param name="merges">Maximum number of merges to learn.</param>
    public static List<(int Left, int Right)> Train(IReadOnlyDictionary<string, long> preTokenCounts, int merges)
    {
        var words = preTokenCounts.Select(piece => (Tokens: BytesOf(piece.Key), Count: piece.Value)).ToList();
        var learned = new List<(int, int)>();
        while (learned.Count < merges)
        {
            var counts = new Dictionary<(int Left, int Right), long>();
            foreach (var (tokens, count) in words)
                for (var i = 0; i + 1 < tokens.Count; i++)
                    counts[(tokens[i], tokens[i + 1])] = counts.GetValueOrDefault((tokens[i], tokens[i + 1])) + count;

            var often = counts.Where(pair => pair.Value >= 2).ToList();
            if (often.Count == 0) break;
            var best = often.OrderByDescending(p => p.Value).ThenBy(p => p.Key.Left).ThenBy(p => p.Key.Right).First().Key;
            foreach (var (tokens, _) in words) MergeAll(tokens, best, FirstMerge + learned.Count);
            learned.Add(best);
        }
        return learned;
    }

    /// <summary>
    /// Encodes a pre-token: of all neighboring pairs the earliest learned merges first, the leftmost of equal ones.
    /// </summary>
    public static List<int> EncodePreToken(string preToken, IReadOnlyDictionary<(int Left, int Right), int> ranks)
    {
        var tokens = BytesOf(preToken);
        while (true)
        {
            var (at, lowest) = (-1, int.MaxValue);
            for (var i = 0; i + 1 < tokens.Count; i++)
                if (ranks.TryGetValue((tokens[i], tokens[i + 1]), out var rank) && rank < lowest)
                    (at, lowest) = (i, rank);
            if (at < 0) return tokens;
            tokens[at] = FirstMerge + lowest;
            tokens.RemoveAt(at + 1);
        }
    }

    /// <summary>Returns the rank of each merge in the order of learning.</summary>
    public static Dictionary<(int Left, int Right), int> RanksOf(IReadOnlyList<(int Left, int Right)> merges) =>
        merges.Select((pair, rank) => (pair, rank)).ToDictionary(x => x.pair, x => x.rank);

    private static List<int> BytesOf(string preToken) => [.. Encoding.UTF8.GetBytes(preToken).Select(b => FirstByte + b)];

    private static void MergeAll(List<int> tokens, (int Left, int Right) pair, int made)
    {
        for (var i = 0; i + 1 < tokens.Count; i++)
        {
            if ((tokens[i], tokens[i + 1]) != pair) continue;
            tokens[i] = made;
            tokens.RemoveAt(i + 1);
        }
    }
}
