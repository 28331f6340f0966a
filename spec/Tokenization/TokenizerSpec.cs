using System.Text;
using TurkishLlm.Model;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Spec.Tokenization;

/// <summary>The tokenizer's part of the reference suite, P01 … P08.</summary>
public static class TokenizerSpec
{
    private const string Suite = "Reference report, section 11, category 1";

    // Each of the 65,264 ids after the bytes is a pair of bytes; the last 272 pairs do not fit.
    private static readonly Lazy<Tokenizer> LargestTokenizer = new(() => new Tokenizer(
    [
        .. from pair in Enumerable.Range(0, VocabularyLayout.MaximumSize - VocabularyLayout.FirstMerge)
           select (VocabularyLayout.FirstByte + pair / 256, VocabularyLayout.FirstByte + pair % 256),
    ]));

    // Two letters at a time, far apart in the order of pairs: ids on both sides of 32,768.
    private const string LatinPairs = "zz aa çç ğü şı İÖ zş Çü";

    /// <summary>P01.</summary>
    public static readonly Requirement<string, TokenTable> P01_Loads = new()
    {
        Id = "P01",
        Statement = "The run's tokenizer loads, and each id decodes to the bytes of its merges, no two ids to the same bytes.",
        Source = Suite,
        CanonicalCases = ["the run's tokenizer"],
        Subject = (_, at) => TokenTable.Of(Tokenizer.Load(at.Plan.Data.Tokenizer)),
        Holds = (table, _, _) => table.IsConsistent(),
        Impostors = new()
        {
            ["reads the characters that represent bytes as text"] = (_, at) => TokenTable.Of(at.Tokenizer).Map(Latin1AsText),
            ["numbers tokens in alphabetical order"] = (_, at) => TokenTable.Of(at.Tokenizer).Sorted(),
            ["numbers bytes from 0, before the special tokens"] = (_, at) => TokenTable.Of(at.Tokenizer).BytesFirst(),
        },
    };

    /// <summary>P02.</summary>
    public static readonly Requirement<VocabularySource, int> P02_VocabularySize = new()
    {
        Id = "P02",
        Statement = "The tokenizer has as many ids as the run's model has rows, and the presets have 64,000.",
        Source = Suite,
        CanonicalCases = [VocabularySource.Run, VocabularySource.V1, VocabularySource.V2],
        Subject = SizeOf,
        Holds = (size, owner, at) =>
            Verdict.Equal(owner == VocabularySource.Run ? at.Model.VocabSize : 64_000, size, "vocabulary size"),
        Impostors = new()
        {
            ["adds the special tokens to the size asked for"] = (owner, at) => SizeOf(owner, at) + SpecialTokens.Count,
            ["counts merges only"] = (owner, at) => SizeOf(owner, at) - VocabularyLayout.FirstMerge,
            ["adds a block of padding rows even where none is needed"] = (owner, at) => (SizeOf(owner, at) / 64 + 1) * 64,
        },
    };

    /// <summary>P03.</summary>
    public static readonly Requirement<string, IReadOnlyList<string>> P03_SpecialIds = new()
    {
        Id = "P03",
        Statement = "The sixteen special tokens have the ids 0 to 15, each a different one.",
        Source = Suite + "; BUG-TOK-18",
        CanonicalCases = ["names of ids 0 to 15"],
        Subject = (_, at) => NamesOf(at.Tokenizer, 0),
        Holds = (names, _, _) => Verdict.SameElements(
            [
                "<|begin_of_text|>", "<|end_of_text|>", "<|pad|>", "<|unk|>", "<|start_header_id|>", "<|end_header_id|>",
                "<|eot_id|>", "<|tool_call|>", "<|tool_output|>", "<|context|>", "<|reserved_0|>", "<|reserved_1|>",
                "<|reserved_2|>", "<|reserved_3|>", "<|reserved_4|>", "<|reserved_5|>",
            ],
            names, "special token"),
        Impostors = new()
        {
            ["puts special tokens after the vocabulary"] = (_, at) => NamesOf(at.Tokenizer, SpecialTokens.Count),
            ["swaps begin and end of text"] = (_, at) =>
                [.. NamesOf(at.Tokenizer, 0).Take(2).Reverse(), .. NamesOf(at.Tokenizer, 0).Skip(2)],
            ["decodes special tokens to nothing"] = (_, _) => [.. Enumerable.Repeat("", SpecialTokens.Count)],
        },
    };

    /// <summary>P04.</summary>
    public static readonly Requirement<TextCase, TextCodec> P04_TurkishLetters =
        TokenizerRequirements.Letters.For((_, at) => Codecs.Of(at.Tokenizer));

    /// <summary>P05.</summary>
    /// <remarks>
    /// The bound: a vocabulary of the 256 bytes alone takes one token per byte; each doubling must add half a byte to the mean
    /// token. Measured on tokenizers learned from four Turkish corpora of 57 kB to 68 MB and from 512 to 64,000 ids: 0.66 to
    /// 1.4 bytes per doubling. A tokenizer learned from English, or one that does not merge, is below.
    /// </remarks>
    public static readonly Requirement<TextCase, TextCodec> P05_Efficiency = new()
    {
        Id = "P05",
        Statement = "Turkish prose needs few tokens per word, fewer the larger the vocabulary.",
        Source = Suite + "; reference report, section 1",
        CanonicalCases = [new(TurkishSamples.Page)],
        Subject = (_, at) => Codecs.Of(at.Tokenizer),
        Holds = (codec, c, at) =>
        {
            var words = c.Text.Split(' ').Length;
            var bytesPerToken = 1 + 0.5 * Math.Log2((double)at.Tokenizer.VocabularySize / VocabularyLayout.FirstMerge);
            var allowed = Encoding.UTF8.GetByteCount(c.Text) / bytesPerToken / words;
            return Verdict.AtMost(allowed, (double)codec.Encode(c.Text).Count / words, "tokens per word");
        },
        Impostors = new()
        {
            ["gives one token per byte"] = (_, at) =>
                new(text => [.. Encoding.UTF8.GetBytes(text).Select(b => VocabularyLayout.FirstByte + b)], at.Tokenizer.Decode),
            ["encodes each character alone"] = (_, at) =>
                new(text => [.. text.SelectMany(c => at.Tokenizer.EncodeToIds(c.ToString()))], at.Tokenizer.Decode),
        },
    };

    /// <summary>P06.</summary>
    public static readonly Requirement<TextCase, TextCodec> P06_RoundTrip =
        TokenizerRequirements.RoundTrip.For((_, at) => Codecs.Of(at.Tokenizer));

    /// <summary>P07.</summary>
    public static readonly Requirement<TextCase, TextCodec> P07_EdgeStrings =
        TokenizerRequirements.EdgeStrings.For((_, at) => Codecs.Of(at.Tokenizer));

    /// <summary>P08.</summary>
    public static readonly Requirement<string, Func<Tokenizer, string, IReadOnlyList<int>>> P08_IdsFitSixteenBits = new()
    {
        Id = "P08",
        Statement = "Every id of a text is an ordinary one, is below the vocabulary size, and fits an unsigned 16-bit number, "
            + "even in the largest vocabulary.",
        Source = Suite,
        CanonicalCases = ["all pairs of bytes and a page of Turkish"],
        Subject = (_, _) => (tokenizer, text) => tokenizer.EncodeToIds(text),
        Holds = (encode, _, at) => Verdict.All(
            from tokenizer in new[] { at.Tokenizer, LargestTokenizer.Value }
            from text in new[] { TurkishSamples.Page, LatinPairs }
            let ids = encode(tokenizer, text)
            let expected = BytePairEncoderOracle.Of(tokenizer).Encode(text).ToList()
            select Verdict.All(
                Verdict.Between(VocabularyLayout.FirstByte, tokenizer.VocabularySize - 1, ids.Min(), "lowest id"),
                Verdict.Between(
                    VocabularyLayout.FirstByte, Math.Min(tokenizer.VocabularySize - 1, ushort.MaxValue), ids.Max(), "highest id"),
                Verdict.SameElements(expected, ids, "id"))),
        Impostors = new()
        {
            ["keeps ids in signed 16 bits"] = (_, _) => (tokenizer, text) =>
                [.. tokenizer.EncodeToIds(text).Select(id => (int)(short)id)],
            ["keeps ids in 15 bits"] = (_, _) => (tokenizer, text) => [.. tokenizer.EncodeToIds(text).Select(id => id & 0x7FFF)],
            ["keeps ids in bytes"] = (_, _) => (tokenizer, text) => [.. tokenizer.EncodeToIds(text).Select(id => (int)(byte)id)],
            ["puts an ignore index among the ids"] = (_, _) => (tokenizer, text) =>
                [.. tokenizer.EncodeToIds(text).Select((id, i) => i == 0 ? unchecked((ushort)-100) : id)],
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All =>
    [
        P01_Loads,
        P02_VocabularySize, P03_SpecialIds, P04_TurkishLetters, P05_Efficiency, P06_RoundTrip, P07_EdgeStrings,
        P08_IdsFitSixteenBits,
    ];

    private static int SizeOf(VocabularySource owner, Conditions at) => owner switch
    {
        VocabularySource.V1 => ModelConfig.V1.VocabSize,
        VocabularySource.V2 => ModelConfig.V2.VocabSize,
        _ => at.Tokenizer.VocabularySize,
    };

    private static List<string> NamesOf(Tokenizer tokenizer, int first) =>
        [.. Enumerable.Range(first, SpecialTokens.Count).Select(id => tokenizer.Decode([id]))];

    private static byte[] Latin1AsText(byte[] bytes) => Encoding.UTF8.GetBytes(Encoding.Latin1.GetString(bytes));
}
