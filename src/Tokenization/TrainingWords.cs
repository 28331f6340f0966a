using System.Text;

namespace TurkishLlm.Tokenization;

/// <summary>The distinct pieces of a corpus as tokens, one after the other in one array; they shrink in place.</summary>
internal sealed class TrainingWords
{
    private readonly ushort[] _tokens;
    private readonly int[] _starts;
    private readonly int[] _lengths;
    private readonly long[] _counts;

    public TrainingWords(IReadOnlyDictionary<string, long> pieceCounts)
    {
        var pieces = pieceCounts.ToArray();
        Array.Sort(pieces, (a, b) => string.CompareOrdinal(a.Key, b.Key));

        _tokens = new ushort[checked((int)pieces.Sum(piece => (long)Encoding.UTF8.GetByteCount(piece.Key)))];
        (_starts, _lengths, _counts) = (new int[pieces.Length], new int[pieces.Length], new long[pieces.Length]);
        var at = 0;
        for (var word = 0; word < pieces.Length; word++)
        {
            var bytes = Encoding.UTF8.GetBytes(pieces[word].Key);
            (_starts[word], _lengths[word], _counts[word]) = (at, bytes.Length, pieces[word].Value);
            foreach (var b in bytes) _tokens[at++] = (ushort)(VocabularyLayout.FirstByte + b);
        }
    }

    /// <summary>Enters every pair of every word.</summary>
    public void CountPairs(PairTable pairs)
    {
        for (var word = 0; word < _starts.Length; word++)
        {
            var tokens = Tokens(word);
            for (var i = 0; i + 1 < tokens.Length; i++) pairs.Add(tokens[i], tokens[i + 1], _counts[word], word);
        }
    }

    /// <summary>Merges a pair in a word, from the left, and corrects the counts of the neighbours. The word may hold no such pair.</summary>
    public void Merge(int word, int left, int right, int result, PairTable pairs)
    {
        var tokens = Tokens(word);
        var count = _counts[word];
        var kept = 0;
        for (var i = 0; i < tokens.Length; i++)
        {
            if (tokens[i] != left || i + 1 == tokens.Length || tokens[i + 1] != right)
            {
                tokens[kept++] = tokens[i];
                continue;
            }
            if (kept > 0)
            {
                pairs.Add(tokens[kept - 1], left, -count, word);
                pairs.Add(tokens[kept - 1], result, count, word);
            }
            if (i + 2 < tokens.Length)
            {
                pairs.Add(right, tokens[i + 2], -count, word);
                pairs.Add(result, tokens[i + 2], count, word);
            }
            tokens[kept++] = (ushort)result;
            i++;
        }
        _lengths[word] = kept;
    }

    private Span<ushort> Tokens(int word) => _tokens.AsSpan(_starts[word], _lengths[word]);
}
