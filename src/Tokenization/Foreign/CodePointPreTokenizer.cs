using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ML = Microsoft.ML.Tokenizers;

namespace TurkishLlm.Tokenization.Foreign;

/// <summary>
/// Splits text by regular expressions of code points, as other libraries do. .NET's expressions are for UTF-16 and take a letter
/// beyond U+FFFF for two surrogates, so each character beyond U+FFFF is matched as one of the same Unicode category below.
/// </summary>
/// <param name="steps">The expressions; each splits the pieces of the one before.</param>
/// <param name="addedTokens">Tokens that are cut out of the text before, the longest first.</param>
internal sealed class CodePointPreTokenizer(IReadOnlyList<SplitStep> steps, IEnumerable<string> addedTokens) : ML.PreTokenizer
{
    private const char FirstStandIn = '\uA000';   // beyond the ranges that split rules spell out

    private static readonly Dictionary<UnicodeCategory, char> StandIns =
        Enumerable.Range(FirstStandIn, char.MaxValue + 1 - FirstStandIn).Concat(Enumerable.Range(0x100, FirstStandIn - 0x100))
            .Select(c => (char)c)
            .GroupBy(char.GetUnicodeCategory)
            .ToDictionary(group => group.Key, group => group.First());

    private readonly Regex? _addedTokens = addedTokens.OrderByDescending(token => token.Length).ToArray() is { Length: > 0 } names
        ? new Regex(string.Join('|', names.Select(Regex.Escape)), RegexOptions.CultureInvariant)
        : null;

    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text) => PreTokenize(text.AsSpan());

    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text)
    {
        var pieces = new List<(int, int)>();
        var end = 0;
        if (_addedTokens is not null)
            foreach (var token in _addedTokens.EnumerateMatches(text))
            {
                Split(text[end..token.Index], end, pieces);
                pieces.Add((token.Index, token.Length));
                end = token.Index + token.Length;
            }
        Split(text[end..], end, pieces);
        return pieces;
    }

    private void Split(ReadOnlySpan<char> text, int offset, List<(int Offset, int Length)> pieces)
    {
        if (text.IsEmpty) return;
        if (text.IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
        {
            foreach (var (start, length) in SplitBySteps(text)) pieces.Add((offset + start, length));
            return;
        }
        var (standIn, starts) = ReplaceSurrogates(text);
        foreach (var (start, length) in SplitBySteps(standIn))
            pieces.Add((offset + starts[start], starts[start + length] - starts[start]));
    }

    private List<(int Offset, int Length)> SplitBySteps(ReadOnlySpan<char> text)
    {
        List<(int Offset, int Length)> pieces = [(0, text.Length)];
        foreach (var step in steps)
        {
            var parts = new List<(int, int)>();
            foreach (var (start, length) in pieces) step.Split(text.Slice(start, length), start, parts);
            pieces = parts;
        }
        return pieces;
    }

    // One character for each code point, and where each begins in the text. Half a pair counts as U+FFFD.
    private static (string Text, List<int> Starts) ReplaceSurrogates(ReadOnlySpan<char> text)
    {
        var (standIn, starts, at) = (new StringBuilder(text.Length), new List<int>(text.Length + 1), 0);
        foreach (var rune in text.EnumerateRunes())
        {
            starts.Add(at);
            standIn.Append(rune.IsBmp ? (char)rune.Value : StandIns[Rune.GetUnicodeCategory(rune)]);
            at += rune.Utf16SequenceLength;
        }
        starts.Add(at);
        return (standIn.ToString(), starts);
    }
}
