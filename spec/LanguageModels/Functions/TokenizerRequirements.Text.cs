using TurkishLlm.Specification.LanguageModels.Reference;

namespace TurkishLlm.Specification.LanguageModels.Functions;

public static partial class TokenizerRequirements
{
    /// <summary>TOK-01.</summary>
    public static Requirement<TextCase, TextCodec> TextIsNotRewritten { get; } = new()
    {
        Id = "TOK-01",
        Statement = "The tokenizer has no normalizer: case, diacritics and the form of letters are kept.",
        Source = "BUG-TOK-01; huggingface/transformers #6680",
        CanonicalCases = [new("ığdır IĞDIR şçöüâî İzmir"), new("IŞIK ışık İĞNE iğne"), new("ŞİŞLİ I u\u0308 Ğ ı")],
        Subject = (_, _) => ByteCodec.Create(),
        Holds = (codec, c, _) => Verdict.Equal(c.Text, codec.RoundTrip(c.Text), "text"),
        Impostors = new()
        {
            ["lower-cases with the invariant culture"] = (_, _) => ByteCodec.Create().After(TextRewrites.LowerInvariant),
            ["strips diacritics"] = (_, _) => ByteCodec.Create().After(TextRewrites.ToAscii),
            ["decomposes letters"] = (_, _) => ByteCodec.Create().After(TextRewrites.Decompose),
        },
    };

    /// <summary>TOK-06.</summary>
    public static Requirement<TextCase, TextCodec> CompatibilityCharacters { get; } = new()
    {
        Id = "TOK-06",
        Statement = "Ligatures, fractions, superscripts, full-width letters, no-break spaces and invisible characters are kept.",
        Source = "BUG-TOK-06; google/sentencepiece #329",
        CanonicalCases = [new("ﬁyat ½ m² Ａ\u00A0… \u200D\u00AD"), new("10\u00A0²\uFEFF ½"), new("ﬁ\u200B…\u200C")],
        Subject = (_, _) => ByteCodec.Create(),
        Holds = (codec, c, _) => Verdict.Equal(c.Text, codec.RoundTrip(c.Text), "text"),
        Impostors = new()
        {
            ["folds compatibility characters"] = (_, _) => ByteCodec.Create().After(TextRewrites.FoldCompatibility),
            ["drops invisible characters"] = (_, _) => ByteCodec.Create().After(TextRewrites.DropInvisible),
        },
    };

    /// <summary>TOK-07.</summary>
    public static Requirement<TextCase, TextCodec> WhiteSpace { get; } = new()
    {
        Id = "TOK-07",
        Statement = "White space is kept, character by character: indentation, double spaces, tabs, line breaks of both kinds, "
            + "at both ends.",
        Source = "BUG-TOK-07, BUG-TOK-09; google/sentencepiece #766; dotnet/machinelearning #7715",
        CanonicalCases = [new("a  b\r\n\r\n\tc "), new("   girinti\r\n\t\tdaha çok  \n"), new("  \r\n  ")],
        Subject = (_, _) => ByteCodec.Create(),
        Holds = (codec, c, _) => Verdict.Equal(c.Text, codec.RoundTrip(c.Text), "text"),
        Impostors = new()
        {
            ["collapses white space"] = (_, _) => ByteCodec.Create().After(TextRewrites.CollapseWhiteSpace),
            ["drops spaces"] = (_, _) => ByteCodec.Create().After(TextRewrites.DropSpaces),
            ["converts line breaks to LF"] = (_, _) => ByteCodec.Create().After(TextRewrites.NormalizeLineEndings),
            ["puts a space before the text"] = (_, _) => ByteCodec.Create().After(TextRewrites.AddDummyPrefix),
            ["trims the end"] = (_, _) => ByteCodec.Create().After(text => text.TrimEnd()),
        },
    };
}
