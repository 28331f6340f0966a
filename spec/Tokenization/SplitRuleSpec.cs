using System.Globalization;
using System.Text.RegularExpressions;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Spec.Tokenization;

/// <summary>Splits a text into pre-tokens.</summary>
public delegate IReadOnlyList<string> SplitText(string text);

/// <summary>
/// The split rules: each scanner equals the expression that other tools read, and Turkish suffixes are one pre-token by the rule
/// for Turkish.
/// </summary>
public static class SplitRuleSpec
{
    // llama.cpp states these, but replaces letters beyond ASCII before it applies them; see TOK-44.
    private const string PublishedCasedWord =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
        + @"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*";

    private static readonly string[] AdversarialTexts =
    [
        "TBMM'nin 12345 eFatura'dan u\u0308st\nsatır a𝐀𝐁 (a)!\r\n/ ‘x’ (.123456)",
        "Ankara’da 2024'te \t\r\n  ÇIKARDIĞI'sa a\u0307 1.234.567,89 “Kanun”un…\u00A0 x\u0085y\nz5𝟙𝟚𝟛𝟜",
        "A'da aB'D \n\n  12345 u\u0308 kığ😀 k𝐀𝐁\u0301 𝟙𝟚𝟛𝟜 '' 'x 're'llİY \uD800'y!\n\nson.12345",
        "İŞÇİLER'in KDV'si %50'si, ŞirketAdı=İzmir_A.Ş.//\n\t\tx\u0301 e\u0301a  7654321 ١٢٣٤ '\u017Fa 𐀀bC \uDC00d\nE,12345",
    ];

    /// <summary>TOK-10.</summary>
    public static readonly Requirement<SplitCase, SplitText> Tok10_ScannerIsTheExpression = new()
    {
        Id = "TOK-10",
        Statement = "By every split rule, the scanner splits where the expression in tokenizer.json does, and the pre-tokens "
            + "joined are the text.",
        Source = "BUG-TOK-10; dotnet/machinelearning #7492",
        CanonicalCases = [.. from rule in SplitRule.All from text in AdversarialTexts select new SplitCase(rule, text)],
        Subject = (c, _) => ScanWith(c.Rule),
        Holds = (split, c, _) => Verdict.All(
            Verdict.Equal(SplitPatterns.All[c.Rule.Name], c.Rule.Pattern, "expression"),
            Verdict.SameElements(BytePairSplitOracle.Split(c.Text, c.Rule), split(c.Text), "piece"),
            Verdict.Equal(c.Text, string.Concat(split(c.Text)), "pre-tokens joined")),
        Impostors = new()
        {
            ["splits by the next rule"] = (c, _) => ScanWith(GetRuleAfter(c.Rule, 1)),
            ["splits by the second rule after it"] = (c, _) => ScanWith(GetRuleAfter(c.Rule, 2)),
            ["splits by the third rule after it"] = (c, _) => ScanWith(GetRuleAfter(c.Rule, 3)),
            ["splits by the fourth rule after it"] = (c, _) => ScanWith(GetRuleAfter(c.Rule, 4)),
            ["splits by the fifth rule after it"] = (c, _) => ScanWith(GetRuleAfter(c.Rule, 5)),
            ["splits by the sixth rule after it"] = (c, _) => ScanWith(GetRuleAfter(c.Rule, 6)),
            ["takes digits in pairs"] = (c, _) => text => BytePairSplitOracle.Split(text, WithDigitsInPairs(c.Rule.Pattern)),
            ["knows ASCII letters only"] = (c, _) => SplitAs(c.Rule, c => !char.IsAscii(c) && char.IsLetter(c) ? '.' : c),
            ["takes combining marks for letters or not, as other rules do"] = (c, _) =>
                SplitAs(c.Rule, character => IsMark(character) ? GetReplacementOfMarks(c.Rule) : character),
            ["sees halves of characters beyond U+FFFF"] = (c, _) => SplitAs(c.Rule, c => char.IsSurrogate(c) ? '.' : c),
            ["takes line ends for spaces"] = (c, _) => SplitAs(c.Rule, c => c is '\r' or '\n' ? ' ' : c),
            ["drops what it does not know"] = (c, _) => text =>
                [.. ScanWith(c.Rule)(text).Where(piece => piece.Any(char.IsLetterOrDigit))],
        },
    };

    /// <summary>TOK-19.</summary>
    public static readonly Requirement<SuffixCase, SplitText> Tok19_SuffixIsOnePiece = new()
    {
        Id = "TOK-19",
        Statement = "By the rule for Turkish, a suffix after an apostrophe, straight or curly, is one pre-token with it, "
            + "regardless of the last letter of the word.",
        Source = "Turkish orthography: suffixes of proper names and numbers; BUG-TOK-10",
        CanonicalCases =
        [
            new("Ankara'da", ["Ankara", "'da"]), new("Iğdır’ın", ["Iğdır", "’ın"]), new("TBMM'nin", ["TBMM", "'nin"]),
            new("1923'te", ["192", "3", "'te"]),
            new(" \"Kanun\"'un", [" \"", "Kanun", "\"", "'un"]), new("%50'si", ["%", "50", "'si"]),
        ],
        Subject = (_, _) => ScanWith(SplitRule.Turkish),
        Holds = (split, c, _) => Verdict.SameElements(c.PreTokens, split(c.Text), "piece"),
        Impostors = new()
        {
            ["knows English contractions only"] = (_, _) =>
                SplitByPattern(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"),
            ["separates the apostrophe"] = (_, _) => SplitByPattern(@" ?[\p{L}\p{M}]+|\p{N}{1,3}| ?[^\s\p{L}\p{M}\p{N}]+|\s+"),
            ["keeps word and suffix together"] = (_, _) => SplitByPattern(@" ?[\p{L}\p{M}\p{N}""]+(['’]\p{L}+)?|\s+|."),
        },
    };

    /// <summary>TOK-40.</summary>
    public static readonly Requirement<RuleExample, SplitText> Tok40_RulesOfOthers = new()
    {
        Id = "TOK-40",
        Statement = "The rules of llama.cpp group digits, contract English words and join spaces and punctuation as published.",
        Source = "llama.cpp, src/llama-vocab.cpp; model cards of Mistral NeMo, Llama 3, GPT-4o, Qwen 2 and GPT-2",
        CanonicalCases =
        [
            new(SplitRule.Tekken, "Ankara'da 2024\n", ["Ankara", "'da", " ", "2", "0", "2", "4", "\n"]),
            new(SplitRule.LlamaBpe, "Ankara'da 2024!\n", ["Ankara", "'d", "a", " ", "202", "4", "!\n"]),
            new(SplitRule.Gpt4o, "Ankara'da 2024!\n/", ["Ankara'd", "a", " ", "202", "4", "!\n/"]),
            new(SplitRule.Qwen2, "Ankara'nin 'da (20)\n", ["Ankara", "'nin", " '", "da", " (", "2", "0", ")\n"]),
            new(SplitRule.Gpt2, "Ankara'da'nin 2024!\n\nx", ["Ankara", "'d", "a", "'", "nin", " 2024", "!", "\n", "\n", "x"]),
            new(
                SplitRule.Bloom, "Ankara'da,  2024'te (A.Ş.)\n\nx",
                ["Ankara'da", ", ", " 2024'te", " (", "A", ".", "Ş", ".)\n\n", "x"]),
        ],
        Subject = (c, _) => ScanWith(c.Rule),
        Holds = (split, c, _) => Verdict.SameElements(c.PreTokens, split(c.Text), "piece"),
        Impostors = new()
        {
            ["splits by the rule for Turkish"] = (_, _) => ScanWith(SplitRule.Turkish),
            ["splits by the next rule"] = (c, _) => ScanWith(GetRuleAfter(c.Rule, 1)),
            ["ends at white space only"] = (_, _) => SplitByPattern(@"\s*\S+|\s+"),
        },
    };

    /// <summary>TOK-44.</summary>
    public static readonly Requirement<RuleExample, SplitText> Tok44_CaseAsInLlamaCpp = new()
    {
        Id = "TOK-44",
        Statement = "Rules that split words by case do it as llama.cpp: only a–z and A–Z have a case, and combining marks are "
            + "not letters.",
        Source = "llama.cpp, src/unicode.cpp: every character beyond ASCII becomes one byte for its category",
        CanonicalCases =
        [
            .. from rule in (SplitRule[])[SplitRule.Tekken, SplitRule.Gpt4o]
               from example in (RuleExample[])
               [
                   new(rule, "TÜRKİYE KABLO", ["TÜRKİ", "YE", " KABLO"]),
                   new(rule, "İSTANBUL eFATURA", ["İ", "STANBUL", " e", "FATURA"]),
                   new(rule, "ŞirketAdıÜcretKDV", ["Şirket", "AdıÜcret", "KDV"]),
                   new(rule, "çağrıĞMERKEZu\u0308Şx", ["çağrıĞ", "MERKEZu", "\u0308Şx"]),
               ]
               select example,
        ],
        Subject = (c, _) => ScanWith(c.Rule),
        Holds = (split, c, _) => Verdict.SameElements(c.PreTokens, split(c.Text), "piece"),
        Impostors = new()
        {
            ["knows the case of every letter"] = (_, _) => SplitByPattern(PublishedCasedWord + @"|\s+"),
            ["does not split by case"] = (_, _) => ScanWith(SplitRule.Qwen2),
            ["splits before every capital"] = (_, _) => SplitByPattern(@"\s?\p{Lu}?\P{Lu}+|\s?\p{Lu}+"),
        },
    };

    /// <summary>TOK-45.</summary>
    public static readonly Requirement<SplitCase, SplitText> Tok45_PublishedRules = new()
    {
        Id = "TOK-45",
        Statement = "The published rules split where their expressions do in engines that know the case of every letter: Turkish "
            + "capitals are capitals, combining marks belong to words, and ſ is an s in contractions.",
        Source = "tokenizer.json of Mistral NeMo, Llama 3 and Qwen 2; tiktoken, openai_public.py",
        CanonicalCases =
        [
            .. from rule in SplitRule.Published
               from text in (string[])
               [
                   "TÜRKİYE'ſın ŞirketAdıÜcretKDV u\u0308st\u0301Ab 12345 İ'LL'şa\r\n/ x",
                   "\u0301A \u0301b !\u0301 !!\u0301C ǅA ʰB'ſa 'ſ eFATURA'Sİ a\u0307I中B 𝐀𐐀b 1234\n\n/.",
                   "İSTANBUL'da'ſan'ŞU ÇaĞ\u0306 \u0300 \u0300\u0301D 中\u0301É é\u0301É 'Şa 98765 ./\n son",
               ]
               select new SplitCase(rule, text),
        ],
        Subject = (c, _) => ScanWith(c.Rule),
        Holds = (split, c, _) => Verdict.All(
            Verdict.SameElements(BytePairSplitOracle.Split(c.Text, c.Rule), split(c.Text), "piece"),
            Verdict.Equal(c.Text, string.Concat(split(c.Text)), "pre-tokens joined")),
        Impostors = new()
        {
            ["splits as llama.cpp"] = (c, _) => ScanWith(c.Rule.NearestLlamaCpp),
            ["splits by the next published rule"] = (c, _) => ScanWith(GetPublishedAfter(c.Rule, 1)),
            ["splits by the second published rule after it"] = (c, _) => ScanWith(GetPublishedAfter(c.Rule, 2)),
            ["splits by the third published rule after it"] = (c, _) => ScanWith(GetPublishedAfter(c.Rule, 3)),
            ["knows ASCII letters only"] = (c, _) => SplitAs(c.Rule, c => !char.IsAscii(c) && char.IsLetter(c) ? '.' : c),
            ["drops what it does not know"] = (c, _) => text =>
                [.. ScanWith(c.Rule)(text).Where(piece => piece.Any(char.IsLetterOrDigit))],
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All =>
    [
        Tok10_ScannerIsTheExpression, Tok19_SuffixIsOnePiece, Tok40_RulesOfOthers, Tok44_CaseAsInLlamaCpp, Tok45_PublishedRules,
    ];

    /// <summary>Returns the rule some places later in the list of all rules, which starts again at its end.</summary>
    internal static SplitRule GetRuleAfter(SplitRule rule, int places) =>
        SplitRule.All[(SplitRule.All.ToList().IndexOf(rule) + places) % SplitRule.All.Count];

    private static SplitRule GetPublishedAfter(SplitRule rule, int places) =>
        SplitRule.Published[(SplitRule.Published.ToList().IndexOf(rule) + places) % SplitRule.Published.Count];

    private static SplitText ScanWith(SplitRule rule) => text =>
    {
        var pieces = new List<string>();
        foreach (var piece in rule.Split(text)) pieces.Add(piece.ToString());
        return pieces;
    };

    private static SplitText SplitByPattern(string pattern) => text =>
        [.. Regex.Matches(text, pattern, RegexOptions.CultureInvariant).Select(match => match.Value)];

    // Splits where the rule splits a text of other characters, one for each.
    private static SplitText SplitAs(SplitRule rule, Func<char, char> replace) => text =>
    {
        var (pieces, start) = (new List<string>(), 0);
        foreach (var piece in BytePairSplitOracle.Split(string.Concat(text.Select(replace)), rule))
        {
            pieces.Add(text.Substring(start, piece.Length));
            start += piece.Length;
        }
        return pieces;
    };

    private static char GetReplacementOfMarks(SplitRule rule) => rule == SplitRule.Turkish || rule == SplitRule.Bloom ? '.' : '中';

    // Only the rule of BLOOM does not mention digits.
    private static string WithDigitsInPairs(string pattern) => pattern.Contains(@"\p{N}", StringComparison.Ordinal)
        ? Regex.Replace(pattern, @"\\p\{N\}(\{1,3\}|\+)?\|", @"\p{N}{1,2}|")
        : @"\p{N}{1,2}|" + pattern;

    private static bool IsMark(char c) =>
        char.GetUnicodeCategory(c) is >= UnicodeCategory.NonSpacingMark and <= UnicodeCategory.EnclosingMark;
}

/// <summary>A text to split by a rule.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Text">The text.</param>
public sealed record SplitCase(SplitRule Rule, string Text)
{
    /// <summary>The rule and the text.</summary>
    public override string ToString() => $"{Rule}: {Text}";
}

/// <summary>A text and its expected pre-tokens by a rule.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Text">The text.</param>
/// <param name="PreTokens">The expected pre-tokens.</param>
public sealed record RuleExample(SplitRule Rule, string Text, IReadOnlyList<string> PreTokens)
{
    /// <summary>The rule and the text.</summary>
    public override string ToString() => $"{Rule}: {Text}";
}

/// <summary>A text and its expected pre-tokens.</summary>
/// <param name="Text">The text.</param>
/// <param name="PreTokens">The expected pre-tokens.</param>
public sealed record SuffixCase(string Text, IReadOnlyList<string> PreTokens)
{
    /// <summary>The text.</summary>
    public override string ToString() => Text;
}
