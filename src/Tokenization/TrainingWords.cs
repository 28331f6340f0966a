using System.Runtime.InteropServices;
using System.Text;

namespace TurkishLlm.Tokenization;

/// <summary>The distinct pre-tokens of a corpus as tokens, concatenated in one array. Merges shrink them in place.</summary>
internal sealed class TrainingWords
{
    private readonly List<ushort> _tokens = [];
    private readonly List<Word> _words = [];

    /// <param name="preTokenCounts">Pre-tokens with their counts; each pre-token once.</param>
    /// <param name="maxWords">Maximum number of words to keep. If there are more, the rarest are skipped.</param>
    public TrainingWords(IEnumerable<KeyValuePair<string, long>> preTokenCounts, int maxWords)
    {
        Span<byte> bytes = stackalloc byte[256];
        foreach (var (preToken, count) in preTokenCounts)
        {
            if (count < MinFrequency)
            {
                SkippedCount++;
                continue;
            }
            var length = Encoding.UTF8.GetByteCount(preToken);
            var utf8 = length <= bytes.Length ? bytes[..length] : new byte[length];
            Encoding.UTF8.GetBytes(preToken, utf8);
            _words.Add(new Word(_tokens.Count, length, count));
            foreach (var b in utf8) _tokens.Add((ushort)(VocabularyLayout.FirstByte + b));
            while (_words.Count > maxWords) SkipRarest();
        }
    }

    /// <summary>Number of words.</summary>
    public int Count => _words.Count;

    /// <summary>
    /// Words that occur fewer times than this were skipped. The value depends on the counts only, not on their order.
    /// </summary>
    public long MinFrequency { get; private set; } = 1;

    /// <summary>Number of skipped words.</summary>
    public long SkippedCount { get; private set; }

    /// <summary>Adds every pair of every word.</summary>
    public void CountPairs(PairTable pairs)
    {
        for (var word = 0; word < _words.Count; word++)
        {
            var tokens = GetTokens(word);
            for (var i = 0; i + 1 < tokens.Length; i++) pairs.Add(tokens[i], tokens[i + 1], _words[word].Count, word);
        }
    }

    /// <summary>
    /// Merges a pair within a word, from left to right, and updates the counts of the neighbors. The word need not contain the
    /// pair.
    /// </summary>
    public void Merge(int word, int left, int right, int result, PairTable pairs)
    {
        var tokens = GetTokens(word);
        var count = _words[word].Count;
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
        _words[word] = _words[word] with { Length = kept };
    }

    private Span<ushort> GetTokens(int word) => CollectionsMarshal.AsSpan(_tokens).Slice(_words[word].Start, _words[word].Length);

    private void SkipRarest()
    {
        MinFrequency++;
        var (words, tokens) = (0, 0);
        for (var word = 0; word < _words.Count; word++)
        {
            if (_words[word].Count < MinFrequency) continue;
            var kept = GetTokens(word);
            kept.CopyTo(CollectionsMarshal.AsSpan(_tokens)[tokens..]);
            _words[words++] = _words[word] with { Start = tokens };
            tokens += kept.Length;
        }
        SkippedCount += _words.Count - words;
        CollectionsMarshal.SetCount(_words, words);
        CollectionsMarshal.SetCount(_tokens, tokens);
    }

    private readonly record struct Word(int Start, int Length, long Count);
}
