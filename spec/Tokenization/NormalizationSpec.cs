using System.Globalization;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Spec.Tokenization;

/// <summary>Casing, canonical forms and cultures: three ways to change Turkish text silently.</summary>
public static class NormalizationSpec
{
    /// <summary>TOK-02.</summary>
    public static readonly Requirement<CasingCase, Func<string, string>> Tok02_TurkishCasing = new()
    {
        Id = "TOK-02",
        Statement = "Lower case of I is ı and of İ is i, without a combining dot.",
        Source = "BUG-TOK-02; Unicode SpecialCasing.txt, tr",
        CanonicalCases = [new("İSTANBUL IĞDIR", "istanbul ığdır"), new("IŞIK İĞNESİ", "ışık iğnesi"), new("Iİ I\u0307", "ıi i")],
        Subject = (_, _) => TurkishCase.ToLower,
        Holds = (lower, c, _) => Verdict.Equal(c.Lower, lower(c.Text), "lower case"),
        Impostors = new()
        {
            ["lower-cases with the invariant culture"] = (_, _) => TextRewrites.LowerInvariant,
            ["lower-cases İ to i and a dot"] = (_, _) => TextRewrites.LowerAsUnicode,
            ["lower-cases İ to i and I to i"] = (_, _) => text =>
                text.Replace("İ", "i", StringComparison.Ordinal).ToLowerInvariant(),
        },
    };

    /// <summary>TOK-03.</summary>
    public static readonly Requirement<string, Func<Conditions, string>> Tok03_CultureIndependence = new()
    {
        Id = "TOK-03",
        Statement = "Ids, casing, the split and the saved file are the same under every culture.",
        Source = "BUG-TOK-03; dotnet/dotnet-api-docs #12266",
        CanonicalCases = ["invariant, tr-TR, en-US, and one with other signs and digits"],
        Subject = (_, _) => at => string.Join(
            '|', at.Tokenizer.Hash, string.Join(' ', at.Tokenizer.EncodeToIds(TurkishSamples.Suffixed)),
            TurkishCase.ToLower(TurkishSamples.Letters),
            TurkishCase.ToUpper(TurkishSamples.Letters), TextNormalizer.ToNfc("ID i\u0307 u\u0308"),
            string.Join(' ', Toy().Merges.Select(m => FormattableString.Invariant($"{m.Left},{m.Right}"))), Toy().Hash),
        Holds = (describe, _, at) =>
        {
            var expected = Cultures.RunWith(CultureInfo.InvariantCulture, () => describe(at));
            return Verdict.All(Cultures.TestCultures().Select(culture =>
                Verdict.Equal(expected, Cultures.RunWith(culture, () => describe(at)), $"under {culture.DisplayName}")));
        },
        Impostors = new()
        {
            ["writes scores with the culture's signs"] = (_, _) => at =>
                (at.Tokenizer.VocabularySize / -7.0).ToString(Cultures.Current),
            ["looks names up in the lower case of the culture"] = (_, _) => _ =>
                "TITLE".ToLower(Cultures.Current) + (-1).ToString(Cultures.Current),
        },
    };

    /// <summary>TOK-05.</summary>
    public static readonly Requirement<TextCase, Func<string, IReadOnlyList<int>>> Tok05_OneFormAtTheBoundary = new()
    {
        Id = "TOK-05",
        Statement = "Text normalized by TextNormalizer.ToNfc has the same ids for both canonical forms of the input.",
        Source = "BUG-TOK-05; Unicode Standard Annex 15",
        CanonicalCases = [new("çğöşüâîûÇĞİÖŞÜÂÎÛ"), new("Şırnak'ta güneş"), new("İğde ağacı"), new("ışık gölgesi")],
        Subject = (_, at) => text => at.Tokenizer.EncodeToIds(TextNormalizer.ToNfc(text)),
        Holds = (encode, c, at) => Verdict.All(
            Verdict.SameElements(at.Tokenizer.EncodeToIds(c.Text), encode(c.Text), "id of the composed form"),
            Verdict.SameElements(encode(c.Text), encode(TextRewrites.Decompose(c.Text)), "id of the decomposed form")),
        Impostors = new()
        {
            ["does not normalize, as string.Normalize in an invariant process"] = (_, at) => text =>
                at.Tokenizer.EncodeToIds(text),
            ["normalizes to the decomposed form"] = (_, at) => text => at.Tokenizer.EncodeToIds(TextRewrites.Decompose(text)),
            ["drops combining marks"] = (_, at) => text =>
                at.Tokenizer.EncodeToIds(string.Concat(text.Where(c => c is < '\u0300' or > '\u036F'))),
            ["composes only letters of Latin-1"] = (_, at) => text => at.Tokenizer.EncodeToIds(
                text.Replace("u\u0308", "ü", StringComparison.Ordinal)
                    .Replace("o\u0308", "ö", StringComparison.Ordinal)
                    .Replace("c\u0327", "ç", StringComparison.Ordinal)),
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [Tok02_TurkishCasing, Tok03_CultureIndependence, Tok05_OneFormAtTheBoundary];

    private static Tokenizer Toy() => BytePairTrainer.Train([TurkishSamples.Page], 300);
}

/// <summary>A text and its lower case in Turkish.</summary>
/// <param name="Text">The text.</param>
/// <param name="Lower">Expected lower case.</param>
public sealed record CasingCase(string Text, string Lower);
