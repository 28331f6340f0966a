using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Spec.Tokenization;

/// <summary>Learns merges from the parts of a corpus.</summary>
public delegate IReadOnlyList<(int Left, int Right)> LearnFromParts(IReadOnlyList<string> parts);

/// <summary>Finds where to cut a text so that at most a number of its last tokens remain.</summary>
/// <returns>A number of characters.</returns>
public delegate int FindTailStart(string text, int tokens);

/// <summary>Text that is too large for one thread, for memory or for a context.</summary>
public static class TokenizerScaleSpec
{
    private const int Merges = 40;

    private static readonly Lazy<Tokenizer> BytesOnly = new(() => new Tokenizer([]));

    /// <summary>TOK-24.</summary>
    public static readonly Requirement<CorpusParts, LearnFromParts> Tok24_CountingInParts = new()
    {
        Id = "TOK-24",
        Statement = "Counting in parts (files, threads, runs on disk) learns the same merges as counting at once.",
        Source = "Common bug: counts that are pruned, lost or doubled when parts are merged",
        CanonicalCases =
        [
            new("sentences, some again", [.. TurkishSamples.Page.Split(". "), .. TurkishSamples.Page.Split(". ")[1..4]]),
            new(
                "equal parts",
                [TurkishSamples.Page[..300], TurkishSamples.Page[200..], TurkishSamples.Page[..300], TurkishSamples.Suffixed]),
            new("single words, some again", [.. TurkishSamples.Page.Split(' ')[..90], .. TurkishSamples.Page.Split(' ')[20..40]]),
        ],
        Subject = (_, _) => InParts,
        Holds = (learn, c, _) => Verdict.SameElements(BytePairOracle.Train(SumCounts(c.Parts), Merges), learn(c.Parts), "merge"),
        Impostors = new()
        {
            ["drops what is rare in a part"] = (_, _) => parts =>
                Learn(SumCounts(parts, part => [.. part.Where(piece => piece.Count > 1)])),
            ["counts equal parts once"] = (_, _) => parts => Learn(SumCounts([.. parts.Distinct()])),
            ["forgets the first run that it wrote to disk"] = (_, _) => parts => Learn(SumCounts([.. parts.Skip(1)])),
        },
    };

    /// <summary>TOK-25.</summary>
    public static readonly Requirement<TailCase, FindTailStart> Tok25_CutsBetweenCharacters = new()
    {
        Id = "TOK-25",
        Statement = "A text is truncated at the start of a token and a character, and keeps as many of the last tokens as fit.",
        Source = "Common bug: prompts truncated at the wrong end, or inside a letter",
        CanonicalCases = [new("kısa ğ", 6), new("Iğdır’da 😀 güneş", 9), new("çöğüş ÇÖĞÜŞ 😀😀", 6)],
        Subject = (_, _) => (text, tokens) => BytesOnly.Value.GetIndexByTokenCountFromEnd(text, tokens, out int _),
        Holds = (cut, c, _) => Verdict.Equal(TakeTail(c.Text, c.Tokens), c.Text[cut(c.Text, c.Tokens)..], "the rest"),
        Impostors = new()
        {
            ["keeps the beginning"] = (_, _) => (text, tokens) =>
                text.Length - BytesOnly.Value.GetIndexByTokenCount(text, tokens, out int _),
            ["counts characters, not tokens"] = (_, _) => (text, tokens) => text.Length - tokens,
            ["keeps the character that was cut"] = (_, _) => (text, tokens) =>
                BytesOnly.Value.EncodeToTokens(text)[^tokens].Start,
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [Tok24_CountingInParts, Tok25_CutsBetweenCharacters];

    // So little memory that every part is written to disk in several sorted runs.
    private static IReadOnlyList<(int Left, int Right)> InParts(IReadOnlyList<string> parts)
    {
        var folder = Directory.CreateTempSubdirectory("turkishllm-spec-").FullName;
        try
        {
            TrainingSource[] sources =
            [
                .. parts.Select(
                    (part, i) =>
                        new TrainingSource(Path.Combine(folder, FormattableString.Invariant($"{i}.txt")), () => part.Split('\n'))
                ),
            ];
            foreach (var (source, part) in sources.Zip(parts)) File.WriteAllText(source.Path, part);
            var options = new BytePairOptions(VocabularyLayout.FirstMerge + Merges, Path.Combine(folder, "counts"))
            {
                Threads = 2,
                PreTokensPerThread = 2,
            };
            return BytePairTrainer.Train(sources, options).Tokenizer.Merges;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static List<(int Left, int Right)> Learn(Dictionary<string, long> counts) => BytePairOracle.Train(counts, Merges);

    private static Dictionary<string, long> SumCounts(
        IReadOnlyList<string> parts,
        Func<List<(string Piece, long Count)>, List<(string Piece, long Count)>>? each = null) =>
        parts.SelectMany(part =>
            {
                List<(string Piece, long Count)> counts =
                [
                    .. BytePairSplitOracle.Split(part).GroupBy(piece => piece).Select(group => (group.Key, group.LongCount())),
                ];
                return each is null ? counts : each(counts);
            })
            .GroupBy(piece => piece.Piece).ToDictionary(group => group.Key, group => group.Sum(piece => piece.Count));

    // For one token per byte: the most whole characters from the end that fit.
    private static string TakeTail(string text, int bytes)
    {
        var runes = text.EnumerateRunes().Reverse().TakeWhile(rune => (bytes -= rune.Utf8SequenceLength) >= 0).Reverse();
        return string.Concat(runes);
    }
}

/// <summary>A corpus in parts.</summary>
/// <param name="Name">Name of the case.</param>
/// <param name="Parts">Texts without line ends.</param>
public sealed record CorpusParts(string Name, IReadOnlyList<string> Parts)
{
    /// <summary>The name.</summary>
    public override string ToString() => Name;
}

/// <summary>A text to cut.</summary>
/// <param name="Text">The text.</param>
/// <param name="Tokens">Maximum number of remaining tokens; with one less, the cut would be inside a character.</param>
public sealed record TailCase(string Text, int Tokens);
