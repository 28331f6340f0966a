using System.Collections;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Inference.Constraints;

/// <summary>
/// The tokens of a vocabulary in the order of their bytes, so that all tokens with a forbidden beginning are skipped together.
/// Special and added tokens are not among them.
/// </summary>
internal sealed class TokenTrie
{
    private readonly (int Id, byte[] Bytes)[] _tokens;
    private readonly int[] _shared;      // first bytes that a token shares with the one before
    private readonly int _longest;

    public TokenTrie(Tokenizer tokenizer, int vocabularySize)
    {
        VocabularySize = vocabularySize;
        var texts = Math.Min(vocabularySize, tokenizer.VocabularySize - tokenizer.AddedTokens.Count);
        _tokens =
        [
            .. Enumerable.Range(SpecialTokens.Count, texts - SpecialTokens.Count)
                .Select(id => (id, tokenizer.GetBytes(id).ToArray())),
        ];
        Array.Sort(_tokens, (a, b) => a.Bytes.AsSpan().SequenceCompareTo(b.Bytes));
        _shared = new int[_tokens.Length];
        for (var i = 1; i < _tokens.Length; i++)
            _shared[i] = _tokens[i - 1].Bytes.AsSpan().CommonPrefixLength(_tokens[i].Bytes);
        _longest = _tokens.Max(token => token.Bytes.Length);
    }

    /// <summary>Number of logits of the model.</summary>
    public int VocabularySize { get; }

    /// <summary>Returns which tokens may follow a state, a bit for each id.</summary>
    public BitArray FindAllowed(GrammarState start)
    {
        var allowed = new BitArray(VocabularySize);
        var path = new GrammarState[_longest + 1];
        path[0] = start;
        var valid = 0;                   // bytes of the current token for which the path has a state
        for (var i = 0; i < _tokens.Length; i++)
        {
            if (_shared[i] > valid) continue;        // begins with bytes that were refused
            var (id, bytes) = _tokens[i];
            valid = _shared[i];
            while (valid < bytes.Length && path[valid].Next(bytes[valid]) is { } next) path[++valid] = next;
            allowed[id] = valid == bytes.Length;
        }
        return allowed;
    }
}
