using System.Text;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Spec.Tokenization;

/// <summary>The tokenizer as the base class of Microsoft.ML.Tokenizers.</summary>
public static class MLTokenizerSpec
{
    private const string Source = "Microsoft.ML.Tokenizers 2.0, Tokenizer; dotnet/machinelearning #7492";

    // Tokens that are parts of characters, surrogate pairs and halves of them, a letter with its mark, and "q ".
    private static readonly TextCase[] Texts =
    [
        new("😀 " + TurkishSamples.Suffixed + "\n\n 12345 u\u0308x (a)! 7q "),
        new("ş😀 𐱅𐰇𐰼𐰰 𝐀𐀀ꦀ a😀😀\u200D bu\u0308 7q "), new("\uDE00a\uD83D 😀\uD83Du\u03087q "),
    ];

    /// <summary>TOK-31.</summary>
    public static readonly Requirement<TextCase, Microsoft.ML.Tokenizers.Tokenizer> Tok31_IdsOfTheTokenizer = new()
    {
        Id = "TOK-31",
        Statement = "As Microsoft's base class, the tokenizer gives its own ids to strings, spans and tokens, and counts them, "
            + "with pre-tokenization and without.",
        Source = Source,
        CanonicalCases = Texts,
        Subject = (_, at) => Extend(at.Tokenizer).AsMLTokenizer(),
        Holds = (tokenizer, c, at) => Verdict.All(
            from split in new[] { true, false }
            let expected = EncodeByDefinition(c.Text, Extend(at.Tokenizer), split)
            from verdict in new[]
            {
                Verdict.SameElements(expected, tokenizer.EncodeToIds(c.Text, split), "id of the string"),
                Verdict.SameElements(expected, tokenizer.EncodeToIds(c.Text.AsSpan(), split), "id of the span"),
                Verdict.SameElements(
                    expected, [.. tokenizer.EncodeToTokens(c.Text, out _, split).Select(token => token.Id)], "id of the token"),
                Verdict.Equal(expected.Count, tokenizer.CountTokens(c.Text, split), "number of tokens"),
                Verdict.Equal(expected.Count, tokenizer.CountTokens(c.Text.AsSpan(), split), "number of tokens of the span"),
            }
            select verdict),
        Impostors = new()
        {
            ["splits even if pre-tokenization is off"] = (_, at) => new IncorrectMLTokenizer(Extend(at.Tokenizer))
            {
                Encode = (text, _) => EncodeCorrectly(Extend(at.Tokenizer), text),
            },
            ["begins with the token for the beginning of a text"] = (_, at) => new IncorrectMLTokenizer(Extend(at.Tokenizer))
            {
                Encode = (text, split) =>
                    [new(SpecialTokens.BeginOfText, "", 0..0), .. EncodeCorrectly(Extend(at.Tokenizer), text, split)],
            },
            ["estimates the number of tokens from the characters"] = (_, at) => new IncorrectMLTokenizer(Extend(at.Tokenizer))
            {
                Count = text => (text.Length + 3) / 4,
            },
            ["normalizes the text"] = (_, at) => new IncorrectMLTokenizer(Extend(at.Tokenizer))
            {
                Encode = (text, split) => EncodeCorrectly(Extend(at.Tokenizer), TextNormalizer.ToNfc(text), split),
            },
        },
    };

    /// <summary>TOK-32.</summary>
    public static readonly Requirement<TextCase, Microsoft.ML.Tokenizers.Tokenizer> Tok32_LimitedTokens = new()
    {
        Id = "TOK-32",
        Statement = "A limit of tokens gives the longest beginning, or end, of whole characters with at most that number of "
            + "tokens.",
        Source = Source,
        CanonicalCases = Texts,
        Subject = (_, at) => at.Tokenizer.AsMLTokenizer(),
        Holds = (tokenizer, c, at) =>
        {
            var ids = EncodeByDefinition(c.Text, at.Tokenizer, split: true);
            int[] lengths = [.. ids.Select(id => at.Tokenizer.GetBytes(id).Length)];
            return Verdict.All(Enumerable.Range(0, ids.Count + 2).SelectMany(limit => new[]
            {
                Verdict.Equal(TokenSpanOracle.FindIndex(c.Text, lengths, limit), FindIndex(tokenizer, c.Text, limit), "index"),
                Verdict.Equal(
                    TokenSpanOracle.FindIndex(c.Text, lengths, limit).Index, EncodeBeginning(tokenizer, c.Text, limit),
                    "characters encoded"),
                Verdict.Equal(
                    TokenSpanOracle.FindIndexFromEnd(c.Text, lengths, limit), FindIndexFromEnd(tokenizer, c.Text, limit),
                    "index from the end"),
            }));
        },
        Impostors = new()
        {
            ["leaves it to the base class"] = (_, at) => new IncorrectMLTokenizer(at.Tokenizer),
            ["takes the last tokens from the beginning"] = (_, at) => new IncorrectMLTokenizer(at.Tokenizer)
            {
                FindIndex = (text, limit, _) => FindIndex(at.Tokenizer.AsMLTokenizer(), text, limit),
            },
            ["returns the length of the end in place of its start"] = (_, at) => new IncorrectMLTokenizer(at.Tokenizer)
            {
                FindIndex = (text, limit, fromEnd) => fromEnd
                    ? FindIndexFromEnd(at.Tokenizer.AsMLTokenizer(), text, limit) is var (index, count)
                        ? (text.Length - index, count)
                        : default
                    : FindIndex(at.Tokenizer.AsMLTokenizer(), text, limit),
            },
            ["lets one token more pass"] = (_, at) => new IncorrectMLTokenizer(at.Tokenizer)
            {
                FindIndex = (text, limit, fromEnd) => fromEnd
                    ? FindIndexFromEnd(at.Tokenizer.AsMLTokenizer(), text, limit + 1)
                    : FindIndex(at.Tokenizer.AsMLTokenizer(), text, limit + 1),
            },
        },
    };

    /// <summary>TOK-33.</summary>
    public static readonly Requirement<TextCase, Microsoft.ML.Tokenizers.Tokenizer> Tok33_Offsets = new()
    {
        Id = "TOK-33",
        Statement = "Offsets of tokens are the characters that each covers at least partly, in UTF-16 code units.",
        Source = Source,
        CanonicalCases = Texts,
        Subject = (_, at) => at.Tokenizer.AsMLTokenizer(),
        Holds = (tokenizer, c, at) => Verdict.SameElements(
            TokenSpanOracle.GetOffsets(
                c.Text,
                EncodeByDefinition(c.Text, at.Tokenizer, split: true).Select(id => at.Tokenizer.GetBytes(id).Length)),
            [
                .. tokenizer.EncodeToTokens(c.Text, out _)
                    .Select(token => (token.Offset.Start.GetOffset(c.Text.Length), token.Offset.End.GetOffset(c.Text.Length))),
            ],
            "offset"),
        Impostors = new()
        {
            ["counts bytes"] = (_, at) => WithOffsets(at.Tokenizer, (text, range) =>
                Encoding.UTF8.GetByteCount(text.AsSpan(0, range.Start.Value))
                ..Encoding.UTF8.GetByteCount(text.AsSpan(0, range.End.Value))),
            ["counts code points"] = (_, at) => WithOffsets(at.Tokenizer, (text, range) =>
                text[..range.Start.Value].EnumerateRunes().Count()..text[..range.End.Value].EnumerateRunes().Count()),
            ["gives each token the place after the one before"] = (_, at) => new IncorrectMLTokenizer(at.Tokenizer)
            {
                Encode = (text, split) =>
                {
                    var next = 0;
                    return
                    [
                        .. EncodeCorrectly(at.Tokenizer, text, split).Select(token => new Microsoft.ML.Tokenizers.EncodedToken(
                            token.Id, token.Value, next..(next += token.Offset.End.Value - token.Offset.Start.Value))),
                    ];
                },
            },
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [Tok31_IdsOfTheTokenizer, Tok32_LimitedTokens, Tok33_Offsets];

    // With a merge of "q ", which only a text that is not split has.
    private static Tokenizer Extend(Tokenizer tokenizer) =>
        new(tokenizer.Split, [.. tokenizer.Merges, (VocabularyLayout.FirstByte + 'q', VocabularyLayout.FirstByte + ' ')]);

    private static List<int> EncodeByDefinition(string text, Tokenizer tokenizer, bool split) => split
        ? [.. BytePairEncoderOracle.Of(tokenizer).Encode(text)]
        : BytePairOracle.EncodePreToken(text, BytePairOracle.RanksOf(tokenizer.Merges));

    private static IReadOnlyList<Microsoft.ML.Tokenizers.EncodedToken> EncodeCorrectly(
        Tokenizer tokenizer, string text, bool split = true) =>
        tokenizer.AsMLTokenizer().EncodeToTokens(text, out _, split);

    private static (int Index, int Count) FindIndex(Microsoft.ML.Tokenizers.Tokenizer tokenizer, string text, int limit) =>
        (tokenizer.GetIndexByTokenCount(text, limit, out _, out var count), count);

    private static (int Index, int Count) FindIndexFromEnd(Microsoft.ML.Tokenizers.Tokenizer tokenizer, string text, int limit) =>
        (tokenizer.GetIndexByTokenCountFromEnd(text, limit, out _, out var count), count);

    private static int EncodeBeginning(Microsoft.ML.Tokenizers.Tokenizer tokenizer, string text, int limit)
    {
        tokenizer.EncodeToIds(text, limit, out _, out var consumed);
        return consumed;
    }

    private static IncorrectMLTokenizer WithOffsets(Tokenizer tokenizer, Func<string, Range, Range> change) => new(tokenizer)
    {
        Encode = (text, split) =>
        [
            .. EncodeCorrectly(tokenizer, text, split)
                .Select(token => new Microsoft.ML.Tokenizers.EncodedToken(token.Id, token.Value, change(text, token.Offset))),
        ],
    };
}
