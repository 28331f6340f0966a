using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Foreign;

namespace TurkishLlm.Spec.Tokenization;

/// <summary>A vocabulary of another program as a tokenizer of this one.</summary>
/// <param name="Tokenizer">The tokenizer.</param>
/// <param name="Sources">The id there of each id here; −1 for a token that the vocabulary lacks.</param>
/// <param name="Absent">The ids here that the vocabulary lacks.</param>
public sealed record ConvertedVocabulary(Tokenizer Tokenizer, IReadOnlyList<int> Sources, IReadOnlyList<int> Absent);

/// <summary>Converts a vocabulary.</summary>
public delegate ConvertedVocabulary ConvertVocabulary(ForeignVocabulary vocabulary);

/// <summary>Tokenizers of other programs: IMP-01.</summary>
public static class ForeignVocabularySpec
{
    // Texts that other rules split elsewhere, names of special tokens, and all bytes of characters.
    private static readonly string[] Texts =
    [
        TurkishSamples.Page, TurkishSamples.Suffixed, TurkishSamples.Letters,
        "TBMM'nin 12345 eFatura'dan u\u0308st\nsatır a𝐀𝐁 (a)!\r\n/ ‘x’ (.123456) </s><s>[CLS]<|endoftext|><|eot_id|> ŞirketADI",
        "Ankara’da 2024'te \t\r\n  ÇIKARDIĞI'sa a\u0307 1.234.567,89 “Kanun”un…\u00A0 x\u0085y\nz5𝟙𝟚𝟛𝟜 'ſa İSTANBUL'LL 'şu",
    ];

    /// <summary>The vocabularies that requirements on imported models use.</summary>
    internal static IReadOnlyList<ForeignVocabularyCase> Cases { get; } =
    [
        new(SplitRule.Gpt2, 1000, "<|endoftext|>=1", Unused: 0),
        new(
            SplitRule.LlamaBpe, 900, "<s>=0 </s>=1 <pad>=2 <|start_header_id|>=4 <|end_header_id|>=5 <|eot_id|>=6 [CLS]",
            Unused: 3),
        new(SplitRule.Find("gpt-4o-published")!, 1100, "<unk>=3 </s>=1 <s>=0 <|fim|> [MASK]", Unused: 1),
    ];

    /// <summary>IMP-01.</summary>
    public static readonly Requirement<ForeignVocabularyCase, ConvertVocabulary> IMP_01_Ids = new()
    {
        Id = "IMP-01",
        Statement = "The tokenizer of an imported model encodes every text to the tokens that the original encodes it to, and "
            + "names of special tokens as text; every token of the original has one id here, special tokens those "
            + "of this program, and special tokens that it lacks have ids that are marked as absent.",
        Source = "Sennrich et al. 2016, arXiv:1508.07909; BUG-TOK-10",
        CanonicalCases = Cases,
        Subject = (_, _) => Convert,
        Holds = (convert, c, at) =>
        {
            var vocabulary = c.Create(at);
            var (tokenizer, sources, absent) = convert(vocabulary);
            var present = sources.Index().Where(source => !absent.Contains(source.Index)).ToArray();
            var oracle = new ForeignEncoderOracle(vocabulary);
            return Verdict.All(
            [
                Verdict.SameElements(
                    [.. Enumerable.Range(0, vocabulary.Tokens.Count)], [.. present.Select(source => source.Item).Order()],
                    "token of the original"),
                Verdict.Equal(sources.Count, tokenizer.VocabularySize, "tokens"),
                Verdict.SameElements(
                    [.. Enumerable.Range(0, 16).Where(id => !vocabulary.SpecialIds.ContainsKey(id))], absent, "absent token"),
                .. vocabulary.SpecialIds.Select(entry =>
                    Verdict.Equal(entry.Value, sources[entry.Key], $"source of {entry.Key}")),
                Verdict.Equal(
                    absent.Contains(0), sources[0] == sources[1], "the begin of text has the row of the end of text"),
                .. Texts.Select(text => Verdict.SameElements(
                    oracle.Encode(text), [.. tokenizer.EncodeToIds(text).Select(id => sources[id])], "id")),
                .. Texts.Select(text => Verdict.Equal(text, tokenizer.Decode(tokenizer.EncodeToIds(text)), "decoded text")),
            ]);
        },
        Impostors = new()
        {
            ["splits by another rule"] = (c, _) => With(real => real with
            {
                Tokenizer = real.Tokenizer.WithSplit(c.Rule == SplitRule.Gpt2 ? SplitRule.LlamaBpe : SplitRule.Gpt2),
            }),
            ["takes the ids of bytes to be in order"] = (_, _) => With(real => real with
            {
                Sources = Replace(real.Sources, 16, 256, sources => [.. sources.Order()]),
            }),
            ["takes the ids of merges to be in order"] = (_, _) => With(real => real with
            {
                Sources = Replace(real.Sources, 272, real.Tokenizer.Merges.Count, sources => [.. sources.Order()]),
            }),
            ["keeps the ids of the original"] = (_, _) => With(real => real with { Sources = [.. real.Sources.Order()] }),
            ["takes the end of text for a token of text"] = (_, _) => With(real => real with
            {
                Sources = [real.Sources[0], real.Sources[^1], .. real.Sources.Skip(2).SkipLast(1), real.Sources[1]],
            }),
            ["applies the merges from the last on"] = (_, _) => vocabulary =>
            {
                var real = Convert(vocabulary);
                var first = real.Tokenizer.Merges.Where(merge => merge.Left < 272 && merge.Right < 272).Reverse().ToArray();
                return real with { Tokenizer = new Tokenizer(vocabulary.Split, first) };
            },
            ["forgets the last token"] = (_, _) => With(real => real with { Sources = [.. real.Sources.SkipLast(1), 0] }),
            ["gives an absent begin of text a row of its own, and a present one that of the end"] = (_, _) => With(real =>
                real with { Sources = [real.Absent.Contains(0) ? -1 : real.Sources[1], .. real.Sources.Skip(1)] }),
            ["marks no token as absent"] = (_, _) => With(real => real with { Absent = [] }),
            ["makes special tokens of their names in a text"] = (_, _) => vocabulary =>
            {
                var real = Convert(vocabulary);
                return real with { Sources = Replace(real.Sources, 16 + '<', 1, _ => [real.Sources[1]]) };
            },
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [IMP_01_Ids];

    private static ConvertedVocabulary Convert(ForeignVocabulary vocabulary)
    {
        var conversion = VocabularyConversion.Create(vocabulary, "tokenizer.json");
        return new(conversion.Tokenizer, conversion.Sources, conversion.AbsentIds);
    }

    private static ConvertVocabulary With(Func<ConvertedVocabulary, ConvertedVocabulary> change) =>
        vocabulary => change(Convert(vocabulary));

    private static int[] Replace(IReadOnlyList<int> sources, int first, int count, Func<IEnumerable<int>, int[]> change) =>
        [.. sources.Take(first), .. change(sources.Skip(first).Take(count)), .. sources.Skip(first + count)];
}
