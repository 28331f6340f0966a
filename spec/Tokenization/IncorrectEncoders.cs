using System.Text;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Spec.Tokenization;

/// <summary>Encoders that give plausible but wrong ids.</summary>
internal static class IncorrectEncoders
{
    /// <summary>Merges the first pair from the left that has a merge, regardless of its rank.</summary>
    public static IEnumerable<int> FirstFound(string preToken, Tokenizer tokenizer) =>
        Merge(preToken, tokenizer, ranks => ranks.First(r => r >= 0));

    /// <summary>Merges the pair that was learned last.</summary>
    public static IEnumerable<int> LatestFirst(string preToken, Tokenizer tokenizer) =>
        Merge(preToken, tokenizer, ranks => ranks.Max());

    /// <summary>Takes the longest token that starts the rest of the pre-token.</summary>
    public static IEnumerable<int> LongestMatch(string preToken, Tokenizer tokenizer)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var id = VocabularyLayout.FirstByte; id < tokenizer.VocabularySize; id++)
            ids[Convert.ToHexString(tokenizer.GetBytes(id))] = id;
        var rest = Convert.ToHexString(Encoding.UTF8.GetBytes(preToken));
        while (rest.Length > 0)
        {
            var length = rest.Length;
            while (!ids.ContainsKey(rest[..length])) length -= 2;
            yield return ids[rest[..length]];
            rest = rest[length..];
        }
    }

    private static List<int> Merge(string preToken, Tokenizer tokenizer, Func<IEnumerable<int>, int> choose)
    {
        var ranks = BytePairOracle.RanksOf(tokenizer.Merges);
        List<int> ids = [.. Encoding.UTF8.GetBytes(preToken).Select(b => VocabularyLayout.FirstByte + b)];
        while (true)
        {
            var found = Enumerable
                .Range(0, ids.Count - 1)
                .Select(i => ranks.GetValueOrDefault((ids[i], ids[i + 1]), -1))
                .ToList();
            if (!found.Any(r => r >= 0)) return ids;
            var rank = choose(found);
            var at = found.IndexOf(rank);
            ids[at] = VocabularyLayout.FirstMerge + rank;
            ids.RemoveAt(at + 1);
        }
    }
}
