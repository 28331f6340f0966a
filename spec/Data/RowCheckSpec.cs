using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.RowChecks;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Spec.Data;

/// <summary>Decides whether two questions match at a similarity limit.</summary>
public delegate bool MatchQuestions(string a, string b, double similarity);

/// <summary>Checks rows as a set and returns what was found about each.</summary>
public delegate IReadOnlyList<RowFinding> CheckRows(IReadOnlyList<QuestionAnswer> rows);

/// <summary>Fine-tuning rows as a set.</summary>
public static class RowCheckSpec
{
    /// <summary>The requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [Sft50_Questions, Sft51_Contradictions, Sft53_Diversity];

    /// <summary>Decides whether questions match.</summary>
    public static readonly Requirement<QuestionPairCase, MatchQuestions> Sft50_Questions = new()
    {
        Id = "SFT-50",
        Statement = "Questions match if their letter trigrams reach the limit of exact Jaccard similarity and they ask the same "
            + "thing: other numbers, codes, names, interrogatives and negations do not match.",
        Source = "Tutorial on fine-tuning, data quality checklist; Lee et al. 2022, arXiv:2107.06499 (near-duplicates)",
        CanonicalCases = [new(0.7), new(0.8), new(0.85)],
        Subject = (_, _) => (a, b, similarity) => new ComparedQuestion(a).Matches(new(b), similarity),
        Holds = (matches, c, _) => Verdict.All(
            [
                .. QuestionPairCase.Same.Select(pair => Verdict.Equal(
                    c.Reaches(pair), matches(pair.A, pair.B, c.Similarity), $"{pair.A} | {pair.B}")),
                .. QuestionPairCase.Other.Select(pair => Verdict.Equal(
                    false, matches(pair.A, pair.B, c.Similarity), $"{pair.A} | {pair.B}")),
                Verdict.AtLeast(2, QuestionPairCase.Same.Count(c.Reaches), "pairs at or above the limit"),
                Verdict.AtLeast(2, QuestionPairCase.Same.Count(pair => !c.Reaches(pair)), "pairs below the limit"),
                Verdict.AtLeast(2, QuestionPairCase.Other.Count(c.Reaches), "other questions at or above the limit"),
            ]),
        Impostors = new()
        {
            ["similarity alone"] = (_, _) => (a, b, similarity) => RowOracle.Jaccard(a, b) >= similarity,
            ["the same letters only"] = (_, _) => (a, b, _) => RowOracle.Words(a) == RowOracle.Words(b),
            ["shared trigrams over those of the shorter question"] = (_, _) => (a, b, similarity) =>
                new ComparedQuestion(a).Matches(new(b), 0.5) && RowOracle.Containment(a, b) >= similarity,
            ["twice the shared trigrams over all"] = (_, _) => (a, b, similarity) =>
                new ComparedQuestion(a).Matches(new(b), 0.5)
                && 2 * RowOracle.Jaccard(a, b) / (1 + RowOracle.Jaccard(a, b)) >= similarity,
            ["any question with the same first word"] = (_, _) => (a, b, _) => a.Split(' ')[0] == b.Split(' ')[0],
        },
    };

    /// <summary>Checks rows and returns what was found about each.</summary>
    public static readonly Requirement<ContradictionCase, CheckRows> Sft51_Contradictions = new()
    {
        Id = "SFT-51",
        Statement = "Rows contradict only if their questions match, their contexts are the same and their answers differ; of "
            + "rows that say the same, all but the first are duplicates.",
        Source = "Tutorial on fine-tuning, data quality checklist: no contradictions",
        CanonicalCases = [new(Others: 0), new(Others: 40), new(Others: 9, Reversed: true)],
        Subject = (_, _) => Check,
        Holds = (check, c, _) =>
        {
            var found = check([.. c.Rows.Select(row => row.Row)]);
            return Verdict.All(c.Rows.Select((row, i) => Verdict.Equal(
                row.Finding, i < found.Count ? found[i] : (RowFinding)(-1), $"finding of \"{row.Row.Question}\"")));
        },
        Impostors = new()
        {
            ["any different answer contradicts"] = (_, _) => rows => WithAnswers(rows, (a, b) =>
                a == b ? RowFinding.NearDuplicate : RowFinding.Contradiction),
            ["answers are not compared"] = (_, _) => rows => WithAnswers(rows, (_, _) => RowFinding.NearDuplicate),
            ["contexts are not compared"] = (_, _) => rows => Check([.. rows.Select(row => row with { Context = "" })]),
            ["questions are not compared"] = (_, _) => rows => Check([.. rows.Select(row => row with { Question = "Nedir?" })]),
            ["numbers are not compared"] = (_, _) => rows => Check(
            [
                .. rows.Select(row => row with { Answer = string.Concat(row.Answer.Where(c => !char.IsDigit(c))) }),
            ]),
            ["the last of equal rows is kept"] = (_, _) => rows => [.. Check([.. rows.Reverse()]).Reverse()],
        },
    };

    /// <summary>Measures the diversity of questions.</summary>
    public static readonly Requirement<DiversityCase, Func<IReadOnlyList<string>, PromptDiversity>> Sft53_Diversity = new()
    {
        Id = "SFT-53",
        Statement = "Entropy and share of openings and ratios of distinct n-grams are those of the definition, independent of "
            + "the order of rows, of case and of punctuation.",
        Source = "Tutorial on fine-tuning, data quality checklist: prompt diversity; Li et al. 2016, arXiv:1510.03055",
        CanonicalCases = [new(12, 3), new(200, 7), new(77, 77)],
        Subject = (_, _) => PromptDiversity.Measure,
        Holds = (measure, c, at) =>
        {
            var (questions, expected) = (c.Create(at.Seed), RowOracle.MeasureDiversity(c.Create(at.Seed)));
            var (measured, reversed) = (measure(questions), measure([.. questions.Reverse()]));
            return Verdict.All(
                Verdict.AtMost(1e-12, Math.Abs(measured.OpeningEntropy - expected.Entropy), "error of the entropy"),
                Verdict.AtMost(1e-12, Math.Abs(measured.MostFrequentShare - expected.Share), "error of the largest share"),
                Verdict.Equal(expected.Openings, measured.Openings, "distinct openings"),
                Verdict.AtMost(1e-12, Math.Abs(measured.Distinct1 - expected.Distinct[0]), "error of distinct-1"),
                Verdict.AtMost(1e-12, Math.Abs(measured.Distinct2 - expected.Distinct[1]), "error of distinct-2"),
                Verdict.AtMost(1e-12, Math.Abs(measured.Distinct3 - expected.Distinct[2]), "error of distinct-3"),
                Verdict.AtMost(1e-12, Math.Abs(measured.OpeningEntropy - reversed.OpeningEntropy), "change by the order"));
        },
        Impostors = new()
        {
            ["entropy in nats"] = (_, _) => questions => PromptDiversity.Measure(questions) with
            {
                OpeningEntropy = PromptDiversity.Measure(questions).OpeningEntropy * Math.Log(2) + 0.001,
            },
            ["distinct n-grams over distinct words"] = (_, _) => questions => PromptDiversity.Measure(questions) with
            {
                Distinct2 = PromptDiversity.Measure(questions).Distinct2 / PromptDiversity.Measure(questions).Distinct1,
            },
            ["case counts"] = (_, _) => questions => Recount(questions, question => question),
            ["n-grams cross questions"] = (_, _) => questions => PromptDiversity.Measure(questions) with
            {
                Distinct2 = RowOracle.MeasureDiversity([string.Join(' ', questions)]).Distinct[1],
            },
        },
    };

    private static IReadOnlyList<RowFinding> Check(IReadOnlyList<QuestionAnswer> rows)
    {
        using var folder = new TemporaryShards();
        ConversationWriter.Write(
            folder["rows.jsonl"],
            rows.Select(row => new ConversationRow("rows.jsonl", 1)
            {
                Conversation = new(
                    ChatMessage.User(row.Question, row.Context.Length > 0 ? [row.Context] : []),
                    ChatMessage.Assistant(row.Answer)),
            }),
            ConversationFormat.Messages);
        return
        [
            .. RowCheck.Run(new([folder["rows.jsonl"]]) { MinimumTurkish = -1 }).Verdicts
                .Select(row => row.Finding == RowFinding.LengthOutlier ? RowFinding.None : row.Finding),
        ];
    }

    // Of every row and the first one with the same words and context.
    private static IReadOnlyList<RowFinding> WithAnswers(
        IReadOnlyList<QuestionAnswer> rows, Func<string, string, RowFinding> compare) =>
        [
            .. rows.Select((row, i) =>
            {
                var first = rows.Index().First(other =>
                    RowOracle.Words(other.Item.Question) == RowOracle.Words(row.Question) && other.Item.Context == row.Context);
                return first.Index == i ? RowFinding.None : compare(first.Item.Answer, row.Answer);
            }),
        ];

    private static PromptDiversity Recount(IReadOnlyList<string> questions, Func<string, string> normalize)
    {
        var openings = questions.CountBy(question => string.Join(' ', normalize(question).Split(' ').Take(3))).ToArray();
        return PromptDiversity.Measure(questions) with
        {
            Openings = openings.Length,
            OpeningEntropy = openings.Sum(opening =>
                -(double)opening.Value / questions.Count * Math.Log2((double)opening.Value / questions.Count)),
        };
    }
}
