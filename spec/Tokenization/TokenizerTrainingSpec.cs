using System.Text;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Spec.Tokenization;

/// <summary>Learns merges from pre-tokens and their counts.</summary>
/// <param name="preTokenCounts">Pre-tokens with their counts.</param>
/// <param name="merges">Number of merges to learn.</param>
public delegate IReadOnlyList<(int Left, int Right)> LearnMerges(IReadOnlyDictionary<string, long> preTokenCounts, int merges);

/// <summary>The trainer follows the definition, also with large counts, and covers every byte.</summary>
public static class TokenizerTrainingSpec
{
    private static readonly Lazy<Tokenizer> English = new(() =>
        BytePairTrainer.Train(["the cable is in the house and the house is in the cable"], 280));

    private static readonly Lazy<Tokenizer> BytesOnly = new(() => new Tokenizer([]));

    /// <summary>TOK-08.</summary>
    public static readonly Requirement<string, TextCodec> Tok08_AllBytes = new()
    {
        Id = "TOK-08",
        Statement = "A tokenizer trained on English letters only still encodes every byte, so no text is lost.",
        Source = "BUG-TOK-08; huggingface/tokenizers #517",
        CanonicalCases = ["ığ 😀 中 \u0007", "кабель żółć €", "🇹🇷 İ"],
        Subject = (_, _) => Codecs.Of(English.Value),
        Holds = (codec, text, _) => Verdict.All(
            Verdict.Equal(text, codec.RoundTrip(text), "text"),
            Verdict.SameElements(
                [.. Enumerable.Range(0, 256)],
                [.. Enumerable.Range(0, 256).Select(b => (int)English.Value.GetBytes(VocabularyLayout.FirstByte + b)[0])],
                "byte")),
        Impostors = new()
        {
            ["knows only bytes that it has seen"] = (_, _) => new(
                text => [.. English.Value.EncodeToIds(text).Where(id => id < VocabularyLayout.FirstByte + 128)],
                English.Value.Decode),
            ["writes question marks for unseen characters"] = (_, _) =>
                Codecs.Of(English.Value).After(text => Encoding.ASCII.GetString(Encoding.ASCII.GetBytes(text))),
        },
    };

    /// <summary>TOK-22.</summary>
    public static readonly Requirement<TokenizerTrainingCase, LearnMerges> Tok22_TrainerIsTheDefinition = new()
    {
        Id = "TOK-22",
        Statement = "The fast trainer learns the same merges in the same order as one that recounts everything for each merge.",
        Source = "Sennrich et al. 2016, arXiv:1508.07909, algorithm 1",
        CanonicalCases =
        [
            new("a page of Turkish", CountPreTokens(TurkishSamples.Page), 120),
            new(
                "runs of one letter", new Dictionary<string, long>
                {
                    ["aaaaaaa"] = 3,
                    ["aabaab"] = 2,
                    ["baaab"] = 3,
                    ["ababab"] = 4,
                    ["abaaabbab"] = 5,
                },
                12),
            new(
                "many equal counts",
                CountPreTokens(
                    "kara kalem kale alem elma lama mala akam kala ara ala ama kara kalem elma ala ele kel lek mal " + "lam"),
                14),
        ],
        Subject = (_, _) => Learn,
        Holds = (learn, c, _) =>
            Verdict.SameElements(BytePairOracle.Train(c.PreTokenCounts, c.Merges), learn(c.PreTokenCounts, c.Merges), "merge"),
        Impostors = new()
        {
            ["counts each distinct word once"] = (_, _) => (counts, merges) =>
                Learn(counts.ToDictionary(p => p.Key, _ => 2L), merges),
            ["breaks ties by the higher id"] = (_, _) => (counts, merges) =>
                IncorrectTrainers.Learn(counts, merges, higherIdWins: true),
            ["does not update the counts of neighboring pairs"] = (_, _) => (counts, merges) =>
                IncorrectTrainers.Learn(counts, merges, countOnce: true),
        },
    };

    /// <summary>TOK-23.</summary>
    public static readonly Requirement<TokenizerTrainingCase, LearnMerges> Tok23_LargeCounts = new()
    {
        Id = "TOK-23",
        Statement = "Counts have 64 bits: a pair that occurs more than 2³¹ or 2³² times is the most frequent one.",
        Source = "Common bug: 32-bit counters on large corpora",
        CanonicalCases =
        [
            new(
                "beyond 31 bits", new Dictionary<string, long>
                {
                    ["ab"] = 3_000_000_000,
                    ["cd"] = 2_000_000_000,
                    ["ef"] = 2_500_000_000,
                },
                3),
            new(
                "beyond 32 bits", new Dictionary<string, long>
                {
                    ["ab"] = 4_294_967_297,
                    ["cd"] = 1_000_000,
                    ["xab"] = 5_000_000_000,
                    ["ef"] = 2_000_000_000,
                },
                4),
        ],
        Subject = (_, _) => Learn,
        Holds = (learn, c, _) =>
            Verdict.SameElements(BytePairOracle.Train(c.PreTokenCounts, c.Merges), learn(c.PreTokenCounts, c.Merges), "merge"),
        Impostors = new()
        {
            ["counts in 32 bits"] = (_, _) => (counts, merges) =>
                IncorrectTrainers.Learn(counts, merges, wrap: count => unchecked((int)count)),
            ["counts in unsigned 31 bits"] = (_, _) => (counts, merges) =>
                IncorrectTrainers.Learn(counts, merges, wrap: count => count & int.MaxValue),
        },
    };

    /// <summary>TOK-21.</summary>
    public static readonly Requirement<TextCase, Func<IReadOnlyList<int>, string>> Tok21_Streaming = new()
    {
        Id = "TOK-21",
        Statement = "Decoding id by id gives whole characters only, and in total the same text as decoding at once.",
        Source = "Common bug: broken letters in streamed answers",
        CanonicalCases = [new("ığ ş"), new("çöğüş 😀👩‍👩‍👧 İ"), new("şarj 中\uFFFD€")],
        Subject = (_, _) => ids =>
        {
            var decoder = new StreamingDecoder(BytesOnly.Value);
            return string.Concat(ids.Select(decoder.Push)) + decoder.Flush();
        },
        Holds = (decode, c, _) => Verdict.Equal(c.Text, decode(BytesOnly.Value.EncodeToIds(c.Text)), "streamed text"),
        Impostors = new()
        {
            ["decodes each id alone"] = (_, _) => ids => string.Concat(ids.Select(id => BytesOnly.Value.Decode([id]))),
            ["treats bytes as characters"] = (_, _) => ids =>
                string.Concat(ids.Select(id => (char)BytesOnly.Value.GetBytes(id)[0])),
            ["drops ids that are not a whole character"] = (_, _) => ids =>
                string.Concat(ids.Select(id => BytesOnly.Value.Decode([id])).Where(text => text != "\uFFFD")),
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All =>
        [Tok08_AllBytes, Tok21_Streaming, Tok22_TrainerIsTheDefinition, Tok23_LargeCounts];

    private static IReadOnlyList<(int Left, int Right)> Learn(IReadOnlyDictionary<string, long> pieceCounts, int merges) =>
        BytePairTrainer.Train(pieceCounts, VocabularyLayout.FirstMerge + merges).Merges;

    private static Dictionary<string, long> CountPreTokens(string text) =>
        BytePairSplitOracle.Split(text).GroupBy(piece => piece).ToDictionary(group => group.Key, group => group.LongCount());
}

/// <summary>Input of a trainer.</summary>
/// <param name="Name">Name of the case.</param>
/// <param name="PreTokenCounts">Pre-tokens with their counts.</param>
/// <param name="Merges">Number of merges to learn.</param>
public sealed record TokenizerTrainingCase(string Name, IReadOnlyDictionary<string, long> PreTokenCounts, int Merges)
{
    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
