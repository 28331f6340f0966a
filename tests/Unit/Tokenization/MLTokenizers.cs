using System.Text.RegularExpressions;
using TurkishLlm.Tokenization;
using ML = Microsoft.ML.Tokenizers;

namespace TurkishLlm.Tests.Unit.Tokenization;

/// <summary>Our merges in the tokenizers of Microsoft.ML.Tokenizers.</summary>
internal static class MLTokenizers
{
    private static readonly ML.RegexPreTokenizer Splitter =
        new(new Regex(SplitRule.Turkish.Pattern, RegexOptions.CultureInvariant), specialTokens: null);

    /// <summary>Creates its byte-level BPE, with the split rule as .NET's regular expression.</summary>
    public static ML.BpeTokenizer CreateBpe(Tokenizer tokenizer) => ML.BpeTokenizer.Create(
        new ML.BpeOptions(
            Enumerable.Range(0, tokenizer.VocabularySize).Select(id => KeyValuePair.Create(Spell(tokenizer, id), id)))
        {
            Merges = tokenizer.Merges.Select(pair => $"{Spell(tokenizer, pair.Left)} {Spell(tokenizer, pair.Right)}"),
            PreTokenizer = Splitter,
            ByteLevel = true,
        });

    // As in tokenizer.json: printable characters for bytes, and the names of special tokens.
    private static string Spell(Tokenizer tokenizer, int id) =>
        string.Concat(tokenizer.GetBytes(id).ToArray().Select(b => Alphabet[b]));

    private static readonly string Alphabet = MakeAlphabet();

    private static string MakeAlphabet()
    {
        var next = '\u0100';
        return string.Concat(Enumerable.Range(0, 256).Select(b =>
            b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF) ? (char)b : next++));
    }
}
