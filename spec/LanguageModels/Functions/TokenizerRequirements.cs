using TurkishLlm.Specification.LanguageModels.Reference;

namespace TurkishLlm.Specification.LanguageModels.Functions;

/// <summary>The requirements of a tokenizer that keeps every text: P04, P06, P07, TOK-01, TOK-06, TOK-07.</summary>
public static partial class TokenizerRequirements
{
    private const string Suite = "Reference report, section 11, category 1";

    /// <summary>P04.</summary>
    public static Requirement<TextCase, TextCodec> Letters { get; } = new()
    {
        Id = "P04",
        Statement = "Every Turkish letter survives, and no two letters have the same ids: I, ı, İ and i are four letters.",
        Source = Suite + "; BUG-TOK-01",
        CanonicalCases =
        [
            new("ığdır IĞDIR şçöüâî İzmir"), new("İstanbul'un ışıkları ŞÇÖÜĞ ÂÎÛ âîû ığ"), new(TurkishSamples.Letters),
        ],
        Subject = (_, _) => ByteCodec.Create(),
        Holds = (codec, c, _) =>
        {
            var letters = c.Text.Distinct().Where(char.IsLetter).Select(letter => letter.ToString()).ToList();
            return Verdict.All(
                Verdict.SameElements(letters, [.. letters.Select(codec.RoundTrip)], "letter"),
                Verdict.Equal(
                    letters.Count,
                    letters.Select(letter => string.Join(' ', codec.Encode(letter))).Distinct().Count(),
                    "different id sequences"),
                Verdict.Equal(c.Text, codec.RoundTrip(c.Text), "text"));
        },
        Impostors = new()
        {
            ["lower-cases with the invariant culture"] = (_, _) => ByteCodec.Create().After(TextRewrites.LowerInvariant),
            ["lower-cases İ to i and a dot"] = (_, _) => ByteCodec.Create().After(TextRewrites.LowerAsUnicode),
            ["lower-cases in Turkish"] = (_, _) => ByteCodec.Create().After(TextRewrites.LowerTurkish),
            ["strips diacritics"] = (_, _) => ByteCodec.Create().After(TextRewrites.ToAscii),
        },
    };

    /// <summary>P06.</summary>
    public static Requirement<TextCase, TextCodec> RoundTrip { get; } = new()
    {
        Id = "P06",
        Statement = "Decoding the ids of a text gives the same text, character by character.",
        Source = Suite,
        CanonicalCases =
        [
            new("  İki  boşluk,\tsekme;\r\nsatır sonu… ½ ²  "),
            new(TurkishSamples.Suffixed + "  \r\n\r\n  ﬁ … "),
            new("Iğdır\u00A0 ve  İzmir\r\n\tiçin ½ kg; e\u0301 😀 👩‍👩‍👧 … \u200B"),
        ],
        Subject = (_, _) => ByteCodec.Create(),
        Holds = (codec, c, _) => Verdict.Equal(c.Text, codec.RoundTrip(c.Text), "text"),
        Impostors = new()
        {
            ["lower-cases"] = (_, _) => ByteCodec.Create().After(TextRewrites.LowerTurkish),
            ["folds compatibility characters"] = (_, _) => ByteCodec.Create().After(TextRewrites.FoldCompatibility),
            ["collapses white space"] = (_, _) => ByteCodec.Create().After(TextRewrites.CollapseWhiteSpace),
            ["drops spaces"] = (_, _) => ByteCodec.Create().After(TextRewrites.DropSpaces),
            ["converts line breaks to LF"] = (_, _) => ByteCodec.Create().After(TextRewrites.NormalizeLineEndings),
            ["decomposes letters"] = (_, _) => ByteCodec.Create().After(TextRewrites.Decompose),
        },
    };

    /// <summary>P07.</summary>
    public static Requirement<TextCase, TextCodec> EdgeStrings { get; } = new()
    {
        Id = "P07",
        Statement = "Unusual strings survive too, the empty one as no ids; a lone surrogate, which is not a character, becomes "
            + "U+FFFD.",
        Source = Suite,
        CanonicalCases =
        [
            new(""),
            new(" "), new(" \t\n  \u2003\u3000 "), new("\r\n\r\n"), new("😀🇹🇷👨‍👩‍👧❤️"), new("I\u0307 u\u0308\u0301 \u0301"),
            new("a\u200Bb\u200D\uFEFFc\u00AD"), new("bir\uD800iki"), new("\uDC00"), new("\0\u0001\u0085\uFFFE\uFFFF"),
            new(new string('ğ', 500)),
        ],
        Subject = (_, _) => ByteCodec.Create(),
        Holds = (codec, c, _) =>
        {
            var ids = codec.Encode(c.Text);
            return Verdict.All(
                Verdict.Equal(c.Text.Length == 0, ids.Count == 0, "no ids"),
                Verdict.Equal(TextRewrites.RoundTripUtf8(c.Text), codec.Decode(ids), "text"));
        },
        Impostors = new()
        {
            ["puts a space before the text"] = (_, _) => ByteCodec.Create().After(TextRewrites.AddDummyPrefix),
            ["adds begin of text without a request"] = (_, _) =>
                ByteCodec.Create() with { Encode = text => [0, .. ByteCodec.Create().Encode(text)] },
        },
    };

    /// <summary>All of them; their subject encodes the bytes of UTF-8.</summary>
    public static IReadOnlyList<Requirement<TextCase, TextCodec>> All =>
        [Letters, RoundTrip, EdgeStrings, TextIsNotRewritten, CompatibilityCharacters, WhiteSpace];
}
