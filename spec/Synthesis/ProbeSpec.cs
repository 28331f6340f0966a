using System.Globalization;
using TurkishLlm.Data.Batches;
using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Evaluation.Probing;
using TurkishLlm.Spec.Plans;

namespace TurkishLlm.Spec.Synthesis;

/// <summary>Selects rows from probed questions.</summary>
public delegate IReadOnlyList<ProbedRow> SelectRows(IReadOnlyList<ProbedQuestion> questions, ProbeOptions options);

/// <summary>Questions with 0 to all answers right.</summary>
/// <param name="Questions">Number of questions.</param>
/// <param name="KnownShare">Share of right answers from which a question is known.</param>
/// <param name="UnknownShare">Share of right answers up to which a question is unknown.</param>
/// <param name="RefusalShare">Share of refusals.</param>
public sealed record ProbeCase(int Questions, double KnownShare, double UnknownShare, double RefusalShare)
{
    internal const int Samples = 8;

    internal ProbeOptions Options(long seed) => new()
    {
        Samples = Samples, KnownShare = KnownShare, UnknownShare = UnknownShare, RefusalShare = RefusalShare, Seed = seed,
    };

    // Half of the questions have no right answer; the order of right and wrong ones varies.
    internal IReadOnlyList<ProbedQuestion> Create(long seed) => [.. Enumerable.Range(0, Questions).Select(i =>
    {
        var right = i % 2 == 0 ? 0 : (int)CounterRandom.GetInt64(seed, i, 0, Samples + 1);
        return new ProbedQuestion(
            string.Create(CultureInfo.InvariantCulture, $"{CounterRandom.GetInt64(seed, i, 1, long.MaxValue):x16}{i:x16}"),
            "q.jsonl:1", string.Create(CultureInfo.InvariantCulture, $"Soru {i}?"), "Doğru",
            [.. Enumerable.Range(0, Samples).Select(sample => (sample + i) % Samples < right ? "Doğru" : "Yanlış")], right);
    })];
}

/// <summary>Refusals from questions that a model cannot answer.</summary>
public static class ProbeSpec
{
    /// <summary>The requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [SYN20_Refusals];

    /// <summary>Selects rows.</summary>
    public static readonly Requirement<ProbeCase, SelectRows> SYN20_Refusals = new()
    {
        Id = "SYN-20",
        Statement = "Only questions with at most the share of right answers that counts as unknown are refused, in several "
            + "wordings that evaluation recognizes and at the requested share; known questions keep their answers, all others "
            + "have no row, and the order of questions changes nothing.",
        Source = "Llama Team 2024, arXiv:2407.21783, section 4.3.6: knowledge probing",
        CanonicalCases = [new(200, 0.5, 0, 0.2), new(400, 0.75, 0.125, 0.1), new(90, 0.5, 0.25, 0.4)],
        Subject = (_, _) => RefusalRows.Select,
        Holds = (select, c, at) =>
        {
            var (questions, options) = (c.Create(at.Seed), c.Options(at.Seed));
            double Share(int i) => questions[i].Answers.Count(answer => answer == "Doğru") / (double)ProbeCase.Samples;
            var rows = select(questions, options);
            var refused = rows.Where(row => row.Refusal is not null).ToArray();
            int[] known = [.. Enumerable.Range(0, questions.Count).Where(i => Share(i) >= c.KnownShare)];
            var reversed = select([.. questions.Reverse()], options)
                .Select(row => row with { Index = questions.Count - 1 - row.Index });
            return Verdict.All(
                Verdict.AtMost(
                    0, refused.Count(row => Share(row.Index) > c.UnknownShare), "refused questions that are not unknown"),
                Verdict.SameElements(
                    known, [.. rows.Where(row => row.Refusal is null).Select(row => row.Index)], "known questions"),
                Verdict.Equal(
                    (int)Math.Round(c.RefusalShare / (1 - c.RefusalShare) * known.Length, MidpointRounding.AwayFromZero),
                    refused.Length, "refusals"),
                Verdict.AtMost(
                    0, refused.Count(row => !Refusal.IsRefusal(row.Refusal!, Refusal.DefaultText)), "refusals not recognized"),
                Verdict.AtLeast(3, refused.DistinctBy(row => row.Refusal).Count(), "wordings"),
                Verdict.SameElements(
                    [.. rows.OrderBy(row => row.Index)], [.. reversed.OrderBy(row => row.Index)], "rows in another order"));
        },
        Impostors = new()
        {
            ["unsure questions are refused too"] = (_, _) => (questions, options) =>
                RefusalRows.Select(questions, options with { UnknownShare = options.KnownShare - 0.01 }),
            ["the first answer decides"] = (_, _) => (questions, options) => RefusalRows.Select(
                [.. questions.Select(q => q with { Right = q.Answers[0] == "Doğru" ? q.Answers.Count : 0 })], options),
            ["the answers of the question before"] = (_, _) => (questions, options) => RefusalRows.Select(
                [.. questions.Select((q, i) => q with { Right = questions[(i + 1) % questions.Count].Right })], options),
            ["a share of the known questions"] = (_, _) => (questions, options) => RefusalRows.Select(
                questions, options with { RefusalShare = options.RefusalShare / (1 + options.RefusalShare) }),
            ["all unknown questions are refused"] = (_, _) => (questions, options) =>
                RefusalRows.Select(questions, options with { RefusalShare = 0.9 }),
            ["one wording"] = (_, _) => (questions, options) =>
            [
                .. RefusalRows.Select(questions, options)
                    .Select(row => row.Refusal is null ? row : row with { Refusal = RefusalRows.Wordings[0] }),
            ],
            ["a wording that evaluation does not recognize"] = (_, _) => (questions, options) =>
            [
                .. RefusalRows.Select(questions, options).Select((row, i) =>
                    row.Refusal is null || i % 3 > 0 ? row : row with { Refusal = "Bilmiyorum." }),
            ],
            ["the first unknown questions are refused"] = (_, _) => (questions, options) =>
            {
                var rows = RefusalRows.Select(questions, options);
                var first = new Queue<int>(Enumerable.Range(0, questions.Count)
                    .Where(i => questions[i].GetLabel(options) == KnowledgeLabel.Unknown));
                return [.. rows.Select(row => row.Refusal is null ? row : row with { Index = first.Dequeue() })];
            },
        },
    };
}
