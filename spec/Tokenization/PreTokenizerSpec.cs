using System.Text.RegularExpressions;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Spec.Tokenization;

/// <summary>Splits a text into pre-tokens.</summary>
public delegate IReadOnlyList<string> SplitText(string text);

/// <summary>
/// The split rule: the scanner equals the expression that other tools read, and Turkish suffixes are one pre-token.
/// </summary>
public static class PreTokenizerSpec
{
    /// <summary>TOK-10.</summary>
    public static readonly Requirement<TextCase, SplitText> Tok10_ScannerIsTheExpression = new()
    {
        Id = "TOK-10",
        Statement = "The scanner splits where the expression in tokenizer.json does, and the pre-tokens joined are the text.",
        Source = "BUG-TOK-10; dotnet/machinelearning #7492",
        CanonicalCases =
        [
            new(TurkishSamples.Suffixed + "\n\n  12345 u\u0308x (a)!"),
            new("TBMM'nin 2024'te \t\r\n  çıkardığı ı\u0307 1.234.567,89 “Kanun”un…\u00A0 x"),
            new("a'b \n\n  12345 u\u0308 😀 𝐀𝐁\u0301 𝟙𝟚𝟛𝟜 '' 'x \uD800'y!"),
        ],
        Subject = (_, _) => Scan,
        Holds = (split, c, _) => Verdict.All(
            Verdict.SameElements(BytePairSplitOracle.Split(c.Text), split(c.Text), "piece"),
            Verdict.Equal(c.Text, string.Concat(split(c.Text)), "pre-tokens joined")),
        Impostors = new()
        {
            ["splits as GPT-2 does"] = (_, _) =>
                SplitByPattern(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"),
            ["knows ASCII letters only"] = (_, _) =>
                SplitByPattern(PreTokenizer.Pattern.Replace(@"\p{L}", "A-Za-z", StringComparison.Ordinal)
                .Replace("]A-Za-z", "][A-Za-z]", StringComparison.Ordinal)
                .Replace(" ?A-Za-z", " ?[A-Za-z]", StringComparison.Ordinal)),
            ["lets a combining mark end a word"] = (_, _) =>
                SplitByPattern(PreTokenizer.Pattern.Replace(@"[\p{L}\p{M}]*", @"\p{L}*", StringComparison.Ordinal)),
            ["takes any number of digits"] = (_, _) =>
                SplitByPattern(PreTokenizer.Pattern.Replace("{1,3}", "+", StringComparison.Ordinal)),
            ["drops what it does not know"] = (_, _) => text => [.. Scan(text).Where(piece => piece.Any(char.IsLetterOrDigit))],
        },
    };

    /// <summary>TOK-19.</summary>
    public static readonly Requirement<SuffixCase, SplitText> Tok19_SuffixIsOnePiece = new()
    {
        Id = "TOK-19",
        Statement = "A suffix after an apostrophe, straight or curly, is one pre-token with it, regardless of the last "
            + "letter of the "
            + "word.",
        Source = "Turkish orthography: suffixes of proper names and numbers; BUG-TOK-10",
        CanonicalCases =
        [
            new("Ankara'da", ["Ankara", "'da"]), new("Iğdır’ın", ["Iğdır", "’ın"]), new("TBMM'nin", ["TBMM", "'nin"]),
            new("1923'te", ["192", "3", "'te"]),
            new(" \"Kanun\"'un", [" \"", "Kanun", "\"", "'un"]), new("%50'si", ["%", "50", "'si"]),
        ],
        Subject = (_, _) => Scan,
        Holds = (split, c, _) => Verdict.SameElements(c.PreTokens, split(c.Text), "piece"),
        Impostors = new()
        {
            ["knows English contractions only"] = (_, _) =>
                SplitByPattern(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"),
            ["separates the apostrophe"] = (_, _) => SplitByPattern(@" ?[\p{L}\p{M}]+|\p{N}{1,3}| ?[^\s\p{L}\p{M}\p{N}]+|\s+"),
            ["keeps word and suffix together"] = (_, _) => SplitByPattern(@" ?[\p{L}\p{M}\p{N}""]+(['’]\p{L}+)?|\s+|."),
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [Tok10_ScannerIsTheExpression, Tok19_SuffixIsOnePiece];

    private static List<string> Scan(string text)
    {
        var pieces = new List<string>();
        foreach (var piece in PreTokenizer.Split(text)) pieces.Add(piece.ToString());
        return pieces;
    }

    private static SplitText SplitByPattern(string pattern) => text =>
        [.. Regex.Matches(text, pattern, RegexOptions.CultureInvariant).Select(match => match.Value)];
}

/// <summary>A text and its expected pre-tokens.</summary>
/// <param name="Text">The text.</param>
/// <param name="PreTokens">The expected pre-tokens.</param>
public sealed record SuffixCase(string Text, IReadOnlyList<string> PreTokens)
{
    /// <summary>The text.</summary>
    public override string ToString() => Text;
}
