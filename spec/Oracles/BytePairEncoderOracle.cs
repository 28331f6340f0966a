using System.Text;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Spec.Oracles;

/// <summary>The naive encoder of one vocabulary: the expression of the split rule, then <see cref="BytePairOracle"/>.</summary>
/// <param name="merges">Merges of the tokenizer.</param>
/// <param name="split">Split rule of the tokenizer, of which only the name is used.</param>
public sealed class BytePairEncoderOracle(IReadOnlyList<(int Left, int Right)> merges, SplitRule split)
{
    private readonly Dictionary<(int, int), int> _ranks = BytePairOracle.RanksOf(merges);
    private readonly Dictionary<string, int> _wholeTokens =
        SplitPatterns.IgnoringMerges.Contains(split.Name) ? FindWholeTokens(merges) : [];

    /// <summary>Creates the oracle of a tokenizer.</summary>
    public static BytePairEncoderOracle Of(Tokenizer tokenizer) => new(tokenizer.Merges, tokenizer.Split);

    /// <summary>Returns the ids of a text.</summary>
    public IEnumerable<int> Encode(string text) => BytePairSplitOracle.Split(text, split).SelectMany(EncodePreToken);

    private IEnumerable<int> EncodePreToken(string preToken) =>
        _wholeTokens.TryGetValue(Convert.ToHexString(Encoding.UTF8.GetBytes(preToken)), out var id)
            ? [id]
            : BytePairOracle.EncodePreToken(preToken, _ranks);

    private static Dictionary<string, int> FindWholeTokens(IReadOnlyList<(int Left, int Right)> merges)
    {
        const int firstByte = 16, firstMerge = firstByte + 256;
        List<string> spellings =
        [
            .. Enumerable.Repeat("", firstByte), .. Enumerable.Range(0, 256).Select(b => Convert.ToHexString([(byte)b])),
        ];
        foreach (var (left, right) in merges) spellings.Add(spellings[left] + spellings[right]);
        return spellings.Select((bytes, id) => (bytes, id)).Skip(firstMerge).ToDictionary(x => x.bytes, x => x.id);
    }
}
