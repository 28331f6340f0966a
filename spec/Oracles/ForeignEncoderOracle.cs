using System.Text;
using TurkishLlm.Tokenization.Foreign;

namespace TurkishLlm.Spec.Oracles;

/// <summary>
/// The naive encoder of a vocabulary of another program, with its ids: the expression of the split rule, then merges of spelled
/// tokens by their rank.
/// </summary>
/// <param name="vocabulary">The vocabulary.</param>
public sealed class ForeignEncoderOracle(ForeignVocabulary vocabulary)
{
    private readonly Dictionary<string, int> _ids = vocabulary.Tokens.Index()
        .Where(token => vocabulary.Kinds[token.Index] == ForeignTokenKind.Text)
        .ToDictionary(token => token.Item, token => token.Index, StringComparer.Ordinal);

    private readonly Dictionary<string, int> _ranks = vocabulary.Merges.Index()
        .ToDictionary(merge => merge.Item, merge => merge.Index, StringComparer.Ordinal);

    /// <summary>Returns the ids of a text, without special tokens.</summary>
    public IReadOnlyList<int> Encode(string text) =>
        [.. BytePairSplitOracle.Split(text, vocabulary.Split).SelectMany(EncodePreToken).Select(token => _ids[token])];

    private List<string> EncodePreToken(string preToken)
    {
        var spelling = ByteSpelling.Spell(Encoding.UTF8.GetBytes(preToken));
        if (SplitPatterns.IgnoringMerges.Contains(vocabulary.Split.Name) && _ids.ContainsKey(spelling)) return [spelling];
        List<string> tokens = [.. spelling.Select(c => c.ToString())];
        while (true)
        {
            var (at, lowest) = (-1, int.MaxValue);
            for (var i = 0; i + 1 < tokens.Count; i++)
                if (_ranks.TryGetValue($"{tokens[i]} {tokens[i + 1]}", out var rank) && rank < lowest) (at, lowest) = (i, rank);
            if (at < 0) return tokens;
            tokens[at] += tokens[at + 1];
            tokens.RemoveAt(at + 1);
        }
    }
}
