using System.Globalization;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Data.Retrieval;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Spec.Tokenization;

namespace TurkishLlm.Spec.Training;

/// <summary>Computes the share of an answer's terms that the context supports; null for an answer without terms.</summary>
public delegate double? MeasureGroundedness(string answer, string question, IReadOnlyList<string> context);

/// <summary>Answers with their expected form.</summary>
/// <param name="Name">Name of the case.</param>
/// <param name="Rows">Answers with the expected checks: not empty, ends its turn, no other turn, no control token.</param>
public sealed record FormatCase(string Name, params IReadOnlyList<(Answer Answer, string Right)> Rows)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>Answers with their expected groundedness.</summary>
/// <param name="Name">Name of the case.</param>
/// <param name="Question">The question.</param>
/// <param name="Context">The context.</param>
/// <param name="Rows">Answers and expected shares.</param>
public sealed record GroundednessCase(
    string Name, string Question, string Context, params IReadOnlyList<(string Answer, double? Share)> Rows)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>Answers that are refusals, and answers that are not.</summary>
/// <param name="Refusal">The refusal.</param>
/// <param name="Refused">Answers that refuse.</param>
/// <param name="Given">Answers that do not refuse.</param>
public sealed record RefusalCase(string Refusal, IReadOnlyList<string> Refused, IReadOnlyList<string> Given)
{
    /// <inheritdoc/>
    public override string ToString() => Refusal;
}

/// <summary>Format, groundedness and refusals of answers: EVL-18, EVL-19, EVL-20.</summary>
public static class AnswerCheckSpec
{
    public static readonly Requirement<FormatCase, Func<Answer, FormatCheck>> EVL_18_Format = new()
    {
        Id = "EVL-18",
        Statement = "An answer has the right form if it is not empty, ends with its own end of turn, starts no other turn and "
            + "contains no control token, by id or by name.",
        Source = "Report on fine-tuning, \"How to evaluate SFT quality\", format compliance",
        CanonicalCases =
        [
            new("answers as models write them",
                (new("D50 deposunda.", FinishReason.EndOfTurn, [300]), "answers stops alone clean"),
                (new("D50 deposunda ve", FinishReason.Length, [300]), "answers alone clean"),
                (new(" \n", FinishReason.EndOfTurn, [42]), "stops alone clean"),
                (new("", FinishReason.EndOfTurn, []) { ToolCall = "stok(\"D50\")" }, "answers stops alone clean"),
                (new("D50.", FinishReason.OtherTurn, [300]), "answers"),
                (new("D50.", FinishReason.ControlToken, [300]), "answers alone"),
                (new("D50.<|eot_id|>", FinishReason.EndOfTurn, [300]), "answers stops alone"),
                (new("D50.<|start_header_id|>user", FinishReason.EndOfTurn, [300]), "answers stops"),
                (new("D50.<|im_start|>user\nPeki?", FinishReason.Length, [300]), "answers"),
                (new("D50.", FinishReason.EndOfTurn, [300]) { ToolCall = "ara(<|tool_output|>)" }, "answers stops"),
                (new("a < b | c > d", FinishReason.EndOfTurn, [300]), "answers stops alone clean")),
        ],
        Subject = (_, _) => FormatCheck.Check,
        Holds = (check, c, _) =>
            Verdict.All(
                c.Rows.Select(row =>
                    Verdict.Equal(
                        row.Right, Describe(check(row.Answer)),
                        $"\"{row.Answer.Text.Trim()}\" that ended by {row.Answer.FinishReason}"))),
        Impostors = new()
        {
            ["a truncated answer counts as ended"] = (_, _) =>
                answer =>
                    FormatCheck.Check(answer) with
                    {
                        EndsTurn = answer.FinishReason is FinishReason.EndOfTurn or FinishReason.Length,
                    },
            ["a blank answer counts as not empty"] = (_, _) => answer =>
                FormatCheck.Check(answer) with { IsNonEmpty = (answer.Text + answer.ToolCall).Length > 0 },
            ["a tool call does not count as an answer"] = (_, _) => answer =>
                FormatCheck.Check(answer) with { IsNonEmpty = !string.IsNullOrWhiteSpace(answer.Text) },
            ["checks the text only"] = (_, _) =>
                answer =>
                    FormatCheck.Check(
                        answer with
                        {
                            FinishReason = answer.FinishReason is FinishReason.OtherTurn or FinishReason.ControlToken
                                ? FinishReason.Length
                                : answer.FinishReason,
                        }),
            ["checks the tokens only"] = (_, _) => answer =>
                FormatCheck.Check(answer with { Text = answer.Text.Replace("<|", "", StringComparison.Ordinal) }),
            ["does not check tool calls"] = (_, _) =>
                answer =>
                    FormatCheck.Check(answer) is var check && answer.ToolCall is null
                        ? check
                        : check with
                        {
                            HasNoOtherTurn = true,
                            HasNoControlTokens = true,
                        },
            ["treats any < as a control token"] = (_, _) =>
                answer =>
                    FormatCheck.Check(answer) is var check && answer.Text.Contains('<', StringComparison.Ordinal)
                        ? check with
                        {
                            HasNoControlTokens = false,
                        }
                        : check,
        },
    };

    public static readonly Requirement<GroundednessCase, MeasureGroundedness> EVL_19_Groundedness = new()
    {
        Id = "EVL-19",
        Statement = "Groundedness is the share of the answer's words, except those of the question, with a stem that occurs in "
            + "the context; numbers and codes count as a whole.",
        Source = "Can et al. 2008, stemmer F5; metrics of retrieval-augmented generation: faithfulness",
        CanonicalCases =
        [
            new(
                "a depot and its numbers", "Temiz bakır firesi hangi depoya girer?",
                "Temiz bakır firesi D50 deposuna girer; XLPE 1.284,5 kg'dan sonra bertaraf edilir.",
                ("D50 deposundadır.", 1.0),
                ("D5 deposundadır.", 0.5), ("Firesi girer.", null), ("Temiz bakır firesi Ankara'ya gönderilir.", 0.0),
                ("1.284 kg birikince", 1 / 3.0), ("XLPE'den 1.284,5 kg, bakırdan 20", 3 / 4.0), ("", null)),
        ],
        Subject = (_, _) => (answer, question, context) => Groundedness.Compute(answer, question, context),
        Holds = (share, c, _) =>
            Verdict.All(
                c.Rows.Select(row =>
                    Verdict.Equal(
                        FormatShare(row.Share), FormatShare(share(row.Answer, c.Question, [c.Context])),
                        $"share of \"{row.Answer}\""))),
        Impostors = new()
        {
            ["words of the question count"] = (_, _) => (answer, _, context) => Groundedness.Compute(answer, "", context),
            ["the question is context too"] = (_, _) => (answer, question, context) =>
                Groundedness.Compute(answer, "", [.. context, question]),
            ["whole words"] = (_, _) =>
                (answer, question, context) =>
                    Share(TurkishWords.Split(answer), TurkishWords.Split(question), word =>
                        context.SelectMany(TurkishWords.Split).Contains(word)),
            ["codes by their beginning"] = (_, _) =>
                (answer, question, context) =>
                    Share(SearchTerms.Extract(answer), SearchTerms.Extract(question), term =>
                        context.SelectMany(SearchTerms.Extract).Any(known => known.StartsWith(term, StringComparison.Ordinal))),
            ["the share of the context, not of the answer"] = (_, _) => (answer, question, context) =>
                Groundedness.Compute(string.Join(' ', context), question, [answer]),
            ["an empty answer is fully grounded"] = (_, _) => (answer, question, context) =>
                Groundedness.Compute(answer, question, context) ?? 1,
        },
    };

    public static readonly Requirement<RefusalCase, Func<string, string, bool>> EVL_20_Refusal = new()
    {
        Id = "EVL-20",
        Statement = "An answer is a refusal if the words of a refusal occur in it consecutively, in any letter case and with any "
            + "punctuation, under every culture.",
        Source = "Reference report on fine-tuning, section 14; BUG-EVL-11",
        CanonicalCases =
        [
            new(
                "Bu konuda bilgim yok",
                ["Bu konuda bilgim yok.", "BU KONUDA BİLGİM YOK", "Üzgünüm, bu konuda bilgim yok!", "“Bu konuda” bilgim yok…"],
                [
                    "Bu konuda bilgim var.", "Bilgim yok bu konuda.", "Depoda bakır yok.", "Bu konuda bilgim yoktu.",
                    "Bu konuda, benim, bilgim yok", "",
                ]),
        ],
        Subject = (_, _) => Refusal.IsRefusal,
        Holds = (refuses, c, _) =>
            Verdict.All(
                Cultures
                    .TestCultures()
                    .Append(CultureInfo.InvariantCulture)
                    .SelectMany(culture =>
                        c.Refused.Select(answer => (answer, Expected: true))
                            .Concat(c.Given.Select(answer => (answer, Expected: false)))
            .Select(row =>
                Verdict.Equal(
                    row.Expected,
                    Cultures.RunWith(culture, () => refuses(row.answer, c.Refusal)),
                    $"\"{row.answer}\" is a refusal under {culture.DisplayName}")))),
        Impostors = new()
        {
            ["the exact sentence only"] = (_, _) => (answer, refusal) =>
                TurkishWords.Normalize(answer) == TurkishWords.Normalize(refusal),
            ["letters regardless of words"] = (_, _) => (answer, refusal) =>
                TurkishWords.Normalize(answer).Contains(TurkishWords.Normalize(refusal), StringComparison.Ordinal),
            ["words in any order"] = (_, _) => (answer, refusal) =>
                TurkishWords.Split(refusal).All(TurkishWords.Split(answer).Contains),
            ["its last word"] = (_, _) => (answer, refusal) =>
                TurkishWords.Split(answer).Contains(TurkishWords.Split(refusal)[^1]),
            ["invariant case"] = (_, _) => (answer, refusal) =>
                answer.Contains(refusal, StringComparison.OrdinalIgnoreCase) && Refusal.IsRefusal(answer, refusal),
            ["an answer without words"] = (_, _) => (answer, refusal) => answer.Length == 0 || Refusal.IsRefusal(answer, refusal),
        },
    };

    public static IReadOnlyList<Requirement> All => [EVL_18_Format, EVL_19_Groundedness, EVL_20_Refusal];

    private static string Describe(FormatCheck check) =>
        string.Join(
            ' ', new[]
            {
                (check.IsNonEmpty, "answers"), (check.EndsTurn, "stops"), (check.HasNoOtherTurn, "alone"),
                (check.HasNoControlTokens, "clean"),
            }
                .Where(fact => fact.Item1)
                .Select(fact => fact.Item2));

    private static string FormatShare(double? share) =>
        share is { } value ? value.ToString("F6", CultureInfo.InvariantCulture) : "nothing to ground";

    private static double? Share(IReadOnlyList<string> answer, IReadOnlyList<string> question, Func<string, bool> known)
    {
        var news = answer.Where(word => !question.Contains(word)).ToArray();
        return news.Length == 0 ? null : (double)news.Count(known) / news.Length;
    }
}
