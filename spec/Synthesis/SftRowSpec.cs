using TurkishLlm.Spec.Kernel;
using TurkishLlm.Synthesis.Building;
using TurkishLlm.Synthesis.Grouping;
using TurkishLlm.Synthesis.Verdicts;

namespace TurkishLlm.Spec.Synthesis;

/// <summary>Rows for fine-tuning: their split and the refusals.</summary>
public static class SftRowSpec
{
    /// <summary>The requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [SYN02_Split, SYN07_Refusals];

    /// <summary>SYN-02.</summary>
    public static readonly Requirement<QaPairCase, Func<IReadOnlyList<ReviewedPair>, ILookup<bool, RagRow>>> SYN02_Split = new()
    {
        Id = "SYN-02",
        Statement = "No document occurs in both a training row and a validation row, both splits have rows, and no row is lost.",
        Source = "features 2.13 and 4.11: evaluation never sees training rows; groups of several documents cross every split by "
            + "pair",
        CanonicalCases = [new(8, 0.25, 0), new(20, 0.1, 0), new(12, 0.4, 0)],
        Subject = (c, at) => pairs => Builder(c, at).Build(pairs).Rag,
        Holds = (build, c, at) =>
        {
            var rows = build(c.Pairs(at.Seed));
            var (train, validation) = (Documents(rows[false], c, at), Documents(rows[true], c, at));
            return Verdict.All(
                Verdict.AtLeast(1, rows[false].Count(), "rows of training"),
                Verdict.AtLeast(1, rows[true].Count(), "rows of validation"),
                Verdict.AtMost(0, train.Intersect(validation).Count(), "documents in both splits"),
                Verdict.Equal(c.Documents * 3, rows.Sum(side => side.Count()), "rows"));
        },
        Impostors = new()
        {
            ["splits by pair"] = Split((row, i) => i % 4 == 0),
            ["splits by chunk"] = Split((row, _) => row.Id[^1] % 3 == 0),
            ["the first rows are validation"] = Split((_, i) => i == 0),
            ["a context is filled up with the whole group"] = (c, at) => pairs =>
            {
                var (chunks, rows) = (c.Chunks(at.Seed), Builder(c, at).Build(pairs).Rag);
                var groups = c.Groups(chunks).ToDictionary(group => group.Id);
                return rows.SelectMany(side =>
                        side.Select(row =>
                            (side.Key, Row: row with { Source = string.Join(' ', groups[row.Id.Split(':')[0]].Chunks) })))
                    .ToLookup(row => row.Key, row => row.Row);
            },
            ["uncertain rows are dropped"] = (c, at) => pairs => Builder(c, at).Build([.. pairs.Skip(1)]).Rag,
        },
    };

    /// <summary>SYN-07.</summary>
    public static readonly Requirement<QaPairCase, Func<IReadOnlyList<ReviewedPair>, IReadOnlyList<RagRow>>> SYN07_Refusals =
        new()
    {
        Id = "SYN-07",
        Statement = "The given share of all rows are refusals, in the words of the instructions, and no refusal row shows a "
            + "chunk that contains the answer.",
        Source = "Reference report on fine-tuning, section 13: the instructions ask for \"Bu konuda bilgim yok\" if the context "
            + "has no answer",
        CanonicalCases = [new(8, 0.25, 0.2), new(20, 0, 0.1), new(12, 0.5, 0.25)],
        Subject = (c, at) => pairs => [.. Builder(c, at).Build(pairs).Rag.SelectMany(side => side)],
        Holds = (build, c, at) =>
        {
            var (chunks, pairs) = (c.Chunks(at.Seed), c.Pairs(at.Seed));
            var answers = pairs.ToDictionary(pair => pair.Pair.Turns[0].Question, pair => pair.Pair.Turns[0].Answer);
            var rows = build(pairs);
            var refusing = rows.Where(row => row.Answer != answers[row.Question]).ToArray();
            return Verdict.All(
                Verdict.Between(
                    c.RefusalShare - 0.5 / rows.Count, c.RefusalShare + 0.5 / rows.Count, (double)refusing.Length / rows.Count,
                    "share of refusals"),
                Verdict.That(refusing.All(row => row.Answer == "Bu konuda bilgim yok."), "the words of the refusals"),
                Verdict.AtMost(
                    0,
                    refusing.Count(row => row.Context.Contains(answers[row.Question], StringComparison.Ordinal)),
                    "refusals with the answer in the context"),
                Verdict.That(
                    refusing.All(row =>
                        row.Source.Split(' ').All(id => row.Context.Contains(chunks[id].Text, StringComparison.Ordinal))),
                    "the context matches the source"),
                Verdict.Equal(pairs.Count, rows.Count - refusing.Length, "rows that answer"));
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
                    ? row with { Context = other.Text, Source = other.ChunkId } : row),
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
            chunks, c.Groups(chunks), new()
            {
                ValidationShare = c.ValidationShare,
                RefusalShare = c.RefusalShare,
                ContextTokens = 300,
            });
    }

    private static IReadOnlyList<RagRow> Rows(QaPairCase c, Conditions at, IReadOnlyList<ReviewedPair> pairs) =>
        SYN07_Refusals.Subject(c, at)(pairs);

    private static IEnumerable<string> Documents(IEnumerable<RagRow> rows, QaPairCase c, Conditions at)
    {
        var chunks = c.Chunks(at.Seed);
        return rows.SelectMany(row => row.Source.Split(' ')).Select(id => chunks[id].Document).Distinct();
    }

    private static Func<QaPairCase, Conditions, Func<IReadOnlyList<ReviewedPair>, ILookup<bool, RagRow>>> Split(
        Func<RagRow, int, bool> isValidation) =>
        (c, at) =>
            pairs =>
                Builder(c, at)
                    .Build(pairs)
                    .Rag.SelectMany(side => side)
                    .Select((row, i) => (Side: isValidation(row, i), Row: row))
                    .ToLookup(row => row.Side, row => row.Row);

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
                    .Select(row => other(row, chunks) with { Answer = SftBuilder.Refusal, Id = row.Id + ":refusal" }),
            ];
        };
}
