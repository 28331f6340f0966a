using TurkishLlm.Data.Retrieval;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Synthesis.Building;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Grouping;
using TurkishLlm.Synthesis.Verdicts;

namespace TurkishLlm.Spec.Synthesis;

/// <summary>Rows for fine-tuning: their split and the refusals.</summary>
public static class SftRowSpec
{
    /// <summary>The requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [SYN02_Split, SYN07_Refusals];

    /// <summary>SYN-02.</summary>
    public static readonly Requirement<QaPairCase, Func<IReadOnlyList<ReviewedPair>, SftRows>> SYN02_Split = new()
    {
        Id = "SYN-02",
        Statement = "No document occurs in both a training row and a validation row, refusals included, both splits have rows, "
            + "and every pair with all documents on one side has its rows there; other pairs have none.",
        Source = "BUG-SYN-01, BUG-SYN-02; features 2.13 and 4.11: evaluation never sees training rows; groups of several "
            + "documents cross every split by pair",
        CanonicalCases = [new(8, 0.25, 0.2), new(20, 0.1, 0.3), new(12, 0.4, 0.25)],
        Subject = (c, at) => Builder(c, at).Build,
        Holds = (build, c, at) =>
        {
            var (chunks, pairs) = (c.Chunks(at.Seed), c.Pairs(at.Seed));
            var rows = build(pairs);
            var validation = Documents(rows.Rag[true], chunks);
            bool? Side(ReviewedPair pair) =>
                pair.Sources.Select(id => validation.Contains(chunks[id].Document)).Distinct().ToArray() is [var side]
                    ? side : null;
            return Verdict.All(
                Verdict.AtLeast(1, rows.Rag[false].Count(), "rows of training"),
                Verdict.AtLeast(1, rows.Rag[true].Count(), "rows of validation"),
                Verdict.AtMost(
                    0, Documents(rows.Rag[false], chunks).Intersect(validation).Count(), "documents in both splits"),
                Verdict.AtLeast(
                    c.RefusalShare > 0 ? 1 : 0, rows.Rag.SelectMany(side => side).Count(IsRefusal), "refusals"),
                Verdict.SameElements(
                    [.. Expected(false)], [.. rows.Rag[false].Where(row => !IsRefusal(row)).Select(row => row.Question)],
                    "question of training"),
                Verdict.SameElements(
                    [.. Expected(true)], [.. rows.Rag[true].Where(row => !IsRefusal(row)).Select(row => row.Question)],
                    "question of validation"),
                Verdict.SameElements([.. Expected(false)], Questions(rows.Chat[false]), "conversation of training"),
                Verdict.SameElements([.. Expected(true)], Questions(rows.Chat[true]), "conversation of validation"),
                Verdict.Equal(pairs.Count(pair => Side(pair) is null), rows.Excluded.Values.Sum(), "excluded pairs"));

            IEnumerable<string> Expected(bool side) =>
                pairs.Where(pair => Side(pair) == side).Select(pair => pair.Pair.Turns[0].Question);
        },
        Impostors = new()
        {
            ["splits by pair"] = WithRag((_, i) => i % 4 == 0),
            ["splits by chunk"] = WithRag((row, _) => row.Id[^1] % 3 == 0),
            ["the first rows are validation"] = WithRag((_, i) => i == 0),
            ["conversations are split by pair"] = (c, at) => pairs =>
            {
                var rows = Builder(c, at).Build(pairs);
                return rows with
                {
                    Chat = rows.Chat.SelectMany(side => side).Select((row, i) => (Side: i % 4 == 0, Row: row))
                        .ToLookup(row => row.Side, row => row.Row),
                };
            },
            ["a context is filled up with the whole group"] = (c, at) =>
            {
                var groups = c.Groups(c.Chunks(at.Seed)).ToDictionary(group => group.Id);
                return WithRows(row => IsRefusal(row)
                    ? row : row with { ContextIds = string.Join(' ', groups[row.Id.Split(':')[0]].Chunks) })(c, at);
            },
            ["a pair is where its first chunk is"] = (c, at) => pairs =>
            {
                var sources = pairs.ToDictionary(pair => pair.Pair.Id, pair => string.Join(' ', pair.Sources));
                return Change(
                    Builder(c, at).Build([.. pairs.Select(pair => pair with { Sources = [pair.Sources[0]] })]),
                    row => IsRefusal(row) ? row : row with { ContextIds = sources[row.Id] });
            },
            ["a refusal shows any chunk"] = (c, at) =>
            {
                var chunks = c.Chunks(at.Seed);
                return pairs =>
                {
                    var rows = Builder(c, at).Build(pairs);
                    var foreign = rows.Rag.ToDictionary(
                        side => side.Key, side => side.First(row => !IsRefusal(row)).Source.Split(' ')[0]);
                    return rows with
                    {
                        Rag = rows.Rag.SelectMany(side => side.Select(row => (side.Key, Row: IsRefusal(row)
                                ? Show(row, chunks[foreign[!side.Key]])
                                : row)))
                            .ToLookup(row => row.Key, row => row.Row),
                    };
                };
            },
            ["a pair is dropped"] = (c, at) => pairs => Builder(c, at).Build([.. pairs.Skip(1)]),
        },
    };

    /// <summary>SYN-07.</summary>
    public static readonly Requirement<QaPairCase, Func<IReadOnlyList<ReviewedPair>, IReadOnlyList<RagRow>>> SYN07_Refusals =
        new()
    {
        Id = "SYN-07",
        Statement = "The given share of all rows are refusals, in the words of the instructions, and no refusal row shows a "
            + "chunk that contains the answer or a part of it.",
        Source = "BUG-SYN-06; reference report on fine-tuning, section 13: the instructions ask for \"Bu konuda bilgim "
            + "yok\" if the context has no answer",
        CanonicalCases = [new(8, 0.25, 0.2), new(20, 0, 0.1), new(12, 0.5, 0.25)],
        Subject = (c, at) => pairs => [.. Builder(c, at).Build(pairs).Rag.SelectMany(side => side)],
        Holds = (build, c, at) =>
        {
            var (chunks, pairs) = (c.Chunks(at.Seed), c.Pairs(at.Seed));
            var answers = pairs.ToDictionary(pair => pair.Pair.Turns[0].Question, pair => pair.Pair.Turns[0].Answer);
            var claims = pairs.Zip(c.Claims(at.Seed))
                .ToDictionary(pair => pair.First.Pair.Turns[0].Question, pair => pair.Second);
            var rows = build(pairs);
            var refusing = rows.Where(row => row.Answer != answers[row.Question]).ToArray();
            return Verdict.All(
                Verdict.Between(
                    c.RefusalShare - 0.5 / rows.Count, c.RefusalShare + 0.5 / rows.Count, (double)refusing.Length / rows.Count,
                    "share of refusals"),
                Verdict.That(refusing.All(row => row.Answer == "Bu konuda bilgim yok."), "the words of the refusals"),
                Verdict.AtMost(
                    0,
                    refusing.Sum(row =>
                        claims[row.Question].Count(claim =>
                            row.Context.Any(passage => passage.Contains(claim, StringComparison.Ordinal)))),
                    "claims of the answer in the context of a refusal"),
                Verdict.That(
                    refusing.All(row => row.Source.Length == 0 && row.Context.SequenceEqual(
                        row.ContextIds.Split(' ').Select((id, i) => Citation.Number(i + 1, chunks[id].Text)))),
                    "the context has the passages that the row names"),
                Verdict.AtMost(
                    0,
                    pairs.Where(pair => pair.Sources.Select(id => chunks[id].Document).Distinct().Count() == 1)
                        .Select(pair => pair.Pair.Turns[0].Question)
                        .Except(rows.Except(refusing).Select(row => row.Question))
                        .Count(),
                    "pairs of one document without a row that answers"));
        },
        Impostors = new()
        {
            ["the context stays unchanged"] = WithRefusals((row, chunks) => row),
            ["any chunk of another document"] = WithRefusals((row, chunks) =>
                chunks
                    .All.Where(chunk => chunk.Document != chunks[row.Source.Split(' ')[0]].Document)
                    .OrderByDescending(chunk => GroundingChecker.ComputeRelevance(row.Question, chunk))
                    .First()
                    is var other
                    ? Show(row, other) : row),
            ["a chunk that answers a part"] = (c, at) => pairs =>
            {
                var (chunks, rows) = (c.Chunks(at.Seed), Rows(c, at, pairs));
                var claims = pairs.Zip(c.Claims(at.Seed))
                    .ToDictionary(pair => pair.First.Pair.Turns[0].Question, pair => pair.Second);
                return
                [
                    .. rows.Select(row => row.Answer != SftBuilder.Refusal
                        ? row
                        : chunks.All.First(chunk =>
                                chunk.Text.Contains(claims[row.Question][^1], StringComparison.Ordinal)
                                && GroundingChecker.ComputeRelevance(row.Question, chunk) < 0.5
                                || chunk == chunks.All[^1]) is var other
                            ? Show(row, other) : row),
                ];
            },
            ["other words"] = (c, at) =>
                pairs =>
                    [
                        .. Rows(c, at, pairs)
                            .Select(row => row.Answer == SftBuilder.Refusal ? row with { Answer = "Bilmiyorum." } : row),
                    ],
            ["a share of the answering rows"] = (c, at) => pairs =>
            {
                var rows = Rows(c, at, pairs);
                var kept = rows.Where(row => row.Answer == SftBuilder.Refusal)
                    .Take((int)(c.RefusalShare * pairs.Count))
                    .ToHashSet();
                return [.. rows.Where(row => row.Answer != SftBuilder.Refusal || kept.Contains(row))];
            },
            ["refusals replace answers"] = (c, at) => pairs =>
            {
                var rows = Rows(c, at, pairs);
                var refused = rows.Where(row => row.Answer == SftBuilder.Refusal).Select(row => row.Question).ToHashSet();
                return [.. rows.Where(row => row.Answer == SftBuilder.Refusal || !refused.Contains(row.Question))];
            },
            ["never refuses"] = (c, at) => pairs => [.. Rows(c, at, pairs).Where(row => row.Answer != SftBuilder.Refusal)],
        },
    };

    private static SftBuilder Builder(QaPairCase c, Conditions at)
    {
        var chunks = c.Chunks(at.Seed);
        return new(
            chunks, chunks.All, at.Tokenizer,
            new()
            {
                ValidationShare = c.ValidationShare, RefusalShare = c.RefusalShare, Citations = false,
            });
    }

    private static RagRow Show(RagRow row, Chunk passage) => row with
    {
        Context = [Citation.Number(1, passage.Text)], ContextIds = passage.ChunkId, Source = "",
    };

    private static IReadOnlyList<RagRow> Rows(QaPairCase c, Conditions at, IReadOnlyList<ReviewedPair> pairs) =>
        SYN07_Refusals.Subject(c, at)(pairs);

    private static bool IsRefusal(RagRow row) => row.Answer == SftBuilder.Refusal;

    private static HashSet<string> Documents(IEnumerable<RagRow> rows, ChunkSet chunks) =>
        [.. rows.SelectMany(row => row.ContextIds.Split(' ')).Select(id => chunks[id].Document)];

    private static string[] Questions(IEnumerable<ChatRow> rows) => [.. rows.Select(row => row.Messages[1].Content)];

    private static Func<QaPairCase, Conditions, Func<IReadOnlyList<ReviewedPair>, SftRows>> WithRag(
        Func<RagRow, int, bool> isValidation) =>
        (c, at) => pairs =>
        {
            var rows = Builder(c, at).Build(pairs);
            return rows with
            {
                Rag = rows.Rag.SelectMany(side => side).Select((row, i) => (Side: isValidation(row, i), Row: row))
                    .ToLookup(row => row.Side, row => row.Row),
            };
        };

    private static Func<QaPairCase, Conditions, Func<IReadOnlyList<ReviewedPair>, SftRows>> WithRows(
        Func<RagRow, RagRow> change) => (c, at) => pairs => Change(Builder(c, at).Build(pairs), change);

    private static SftRows Change(SftRows rows, Func<RagRow, RagRow> change) => rows with
    {
        Rag = rows.Rag.SelectMany(side => side.Select(row => (side.Key, Row: change(row))))
            .ToLookup(row => row.Key, row => row.Row),
    };

    // Makes the correct number of refusals, each with a context that the impostor chooses.
    private static Func<QaPairCase, Conditions, Func<IReadOnlyList<ReviewedPair>, IReadOnlyList<RagRow>>> WithRefusals(
        Func<RagRow, ChunkSet, RagRow> other) =>
        (c, at) => pairs =>
        {
            var (rows, chunks) = (Rows(c, at, pairs), c.Chunks(at.Seed));
            var answering = rows.Where(row => row.Answer != SftBuilder.Refusal).ToArray();
            return
            [
                .. answering, .. answering
                    .Take(rows.Count - answering.Length)
                    .Select(row => other(row, chunks) with
                    {
                        Answer = SftBuilder.Refusal, Id = row.Id + ":refusal", Source = "",
                    }),
            ];
        };
}
