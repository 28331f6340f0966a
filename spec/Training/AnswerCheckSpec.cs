using System.Globalization;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Inference.Retrieval;
using TurkishLlm.Spec.Kernel;
using TurkishLlm.Spec.Tokenization;
using Ground = System.Func<string, string, System.Collections.Generic.IReadOnlyList<string>, double?>;

namespace TurkishLlm.Spec.Training;

/// <summary>Answers with their form, worked out by hand.</summary>
/// <param name="Name">What they are about.</param>
/// <param name="Rows">Answers with what is right of them: says something, stops, no other turn, no control token.</param>
public sealed record FormatCase(string Name, params IReadOnlyList<(Answer Answer, string Right)> Rows)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>Answers with the share that stands in their context, worked out by hand.</summary>
/// <param name="Name">What they are about.</param>
/// <param name="Question">The question.</param>
/// <param name="Context">What it is to be answered from.</param>
/// <param name="Rows">Answers and shares.</param>
public sealed record GroundednessCase(string Name, string Question, string Context, params IReadOnlyList<(string Answer, double? Share)> Rows)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>Answers, and whether they say that the answer is not known.</summary>
/// <param name="Refusal">What is to be said.</param>
/// <param name="Refused">Answers that say it.</param>
/// <param name="Given">Answers that do not.</param>
public sealed record RefusalCase(string Refusal, IReadOnlyList<string> Refused, IReadOnlyList<string> Given)
{
    /// <inheritdoc/>
    public override string ToString() => Refusal;
}

/// <summary>Whether answers keep to their form and their context, and own up to what is not known: EVL-18, EVL-19, EVL-20.</summary>
public static class AnswerCheckSpec
{
    public static readonly Requirement<FormatCase, Func<Answer, FormatCheck>> EVL_18_Format = new()
    {
        Id = "EVL-18",
        Statement = "An answer has the right form when it says something, ends with its own end of turn, begins nobody else's turn and has no control token, by number or by name.",
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
        Holds = (check, c, _) => Verdict.All(c.Rows.Select(row => Verdict.Equal(row.Right, Describe(check(row.Answer)), $"\"{row.Answer.Text.Trim()}\" that ended by {row.Answer.FinishReason}"))),
        Impostors = new Dictionary<string, Func<FormatCase, Conditions, Func<Answer, FormatCheck>>>
        {
            ["an answer that was cut off has stopped"] = (_, _) => answer => FormatCheck.Check(answer) with { EndsTurn = answer.FinishReason is FinishReason.EndOfTurn or FinishReason.Length },
            ["a blank answer says something"] = (_, _) => answer => FormatCheck.Check(answer) with { IsNonEmpty = (answer.Text + answer.ToolCall).Length > 0 },
            ["a tool call is no answer"] = (_, _) => answer => FormatCheck.Check(answer) with { IsNonEmpty = !string.IsNullOrWhiteSpace(answer.Text) },
            ["looks at the text alone"] = (_, _) => answer => FormatCheck.Check(answer with { FinishReason = answer.FinishReason is FinishReason.OtherTurn or FinishReason.ControlToken ? FinishReason.Length : answer.FinishReason }),
            ["looks at the tokens alone"] = (_, _) => answer => FormatCheck.Check(answer with { Text = answer.Text.Replace("<|", "", StringComparison.Ordinal) }),
            ["does not look into tool calls"] = (_, _) => answer => FormatCheck.Check(answer) is var check && answer.ToolCall is null ? check : check with { HasNoOtherTurn = true, HasNoControlTokens = true },
            ["takes any sign of a mark for one"] = (_, _) => answer => FormatCheck.Check(answer) is var check && answer.Text.Contains('<', StringComparison.Ordinal) ? check with { HasNoControlTokens = false } : check,
        },
    };

    public static readonly Requirement<GroundednessCase, Ground> EVL_19_Groundedness = new()
    {
        Id = "EVL-19",
        Statement = "Groundedness is the share of the answer's words, but those of the question, whose stem stands in the context; numbers and codes count as a whole.",
        Source = "Can et al. 2008, stemmer F5; metrics of retrieval-augmented generation: faithfulness",
        CanonicalCases =
        [
            new("a depot and its numbers", "Temiz bakır firesi hangi depoya girer?", "Temiz bakır firesi D50 deposuna girer; XLPE 1.284,5 kg'dan sonra bertaraf edilir.",
                ("D50 deposundadır.", 1.0), ("D5 deposundadır.", 0.5), ("Firesi girer.", null), ("Temiz bakır firesi Ankara'ya gönderilir.", 0.0),
                ("1.284 kg birikince", 1 / 3.0), ("XLPE'den 1.284,5 kg, bakırdan 20", 3 / 4.0), ("", null)),
        ],
        Subject = (_, _) => (answer, question, context) => Groundedness.Compute(answer, question, context),
        Holds = (share, c, _) => Verdict.All(c.Rows.Select(row => Verdict.Equal(FormatShare(row.Share), FormatShare(share(row.Answer, c.Question, [c.Context])), $"share of \"{row.Answer}\""))),
        Impostors = new Dictionary<string, Func<GroundednessCase, Conditions, Ground>>
        {
            ["words of the question count"] = (_, _) => (answer, _, context) => Groundedness.Compute(answer, "", context),
            ["the question is context too"] = (_, _) => (answer, question, context) => Groundedness.Compute(answer, "", [.. context, question]),
            ["whole words"] = (_, _) => (answer, question, context) => Share(TurkishWords.Split(answer), TurkishWords.Split(question), word => context.SelectMany(TurkishWords.Split).Contains(word)),
            ["a code by its beginning"] = (_, _) => (answer, question, context) => Share(SearchTerms.Extract(answer), SearchTerms.Extract(question), term => context.SelectMany(SearchTerms.Extract).Any(known => known.StartsWith(term, StringComparison.Ordinal))),
            ["of the context, not of the answer"] = (_, _) => (answer, question, context) => Groundedness.Compute(string.Join(' ', context), question, [answer]),
            ["nothing said is all grounded"] = (_, _) => (answer, question, context) => Groundedness.Compute(answer, question, context) ?? 1,
        },
    };

    public static readonly Requirement<RefusalCase, Func<string, string, bool>> EVL_20_Refusal = new()
    {
        Id = "EVL-20",
        Statement = "An answer refuses when the words of a refusal stand in it as a run, in any case of letters and with any punctuation; under every culture.",
        Source = "Reference report on fine-tuning, section 14; silent bug EVL-11",
        CanonicalCases =
        [
            new("Bu konuda bilgim yok", ["Bu konuda bilgim yok.", "BU KONUDA BİLGİM YOK", "Üzgünüm, bu konuda bilgim yok!", "“Bu konuda” bilgim yok…"],
                ["Bu konuda bilgim var.", "Bilgim yok bu konuda.", "Depoda bakır yok.", "Bu konuda bilgim yoktu.", "Bu konuda, benim, bilgim yok", ""]),
        ],
        Subject = (_, _) => Refusal.IsRefusal,
        Holds = (refuses, c, _) => Verdict.All(Cultures.TestCultures().Append(CultureInfo.InvariantCulture).SelectMany(culture => c.Refused.Select(answer => (answer, Expected: true)).Concat(c.Given.Select(answer => (answer, Expected: false)))
            .Select(row => Verdict.Equal(row.Expected, Cultures.RunWith(culture, () => refuses(row.answer, c.Refusal)), $"\"{row.answer}\" refuses under {culture.DisplayName}")))),
        Impostors = new Dictionary<string, Func<RefusalCase, Conditions, Func<string, string, bool>>>
        {
            ["the very sentence"] = (_, _) => (answer, refusal) => TurkishWords.Normalize(answer) == TurkishWords.Normalize(refusal),
            ["letters without words"] = (_, _) => (answer, refusal) => TurkishWords.Normalize(answer).Contains(TurkishWords.Normalize(refusal), StringComparison.Ordinal),
            ["words in any order"] = (_, _) => (answer, refusal) => TurkishWords.Split(refusal).All(TurkishWords.Split(answer).Contains),
            ["its last word"] = (_, _) => (answer, refusal) => TurkishWords.Split(answer).Contains(TurkishWords.Split(refusal)[^1]),
            ["case without a language"] = (_, _) => (answer, refusal) => answer.Contains(refusal, StringComparison.OrdinalIgnoreCase) && Refusal.IsRefusal(answer, refusal),
            ["an answer without words"] = (_, _) => (answer, refusal) => answer.Length == 0 || Refusal.IsRefusal(answer, refusal),
        },
    };

    public static IReadOnlyList<Requirement> All => [EVL_18_Format, EVL_19_Groundedness, EVL_20_Refusal];

    private static string Describe(FormatCheck check) => string.Join(' ', new[] { (check.IsNonEmpty, "answers"), (check.EndsTurn, "stops"), (check.HasNoOtherTurn, "alone"), (check.HasNoControlTokens, "clean") }.Where(fact => fact.Item1).Select(fact => fact.Item2));

    private static string FormatShare(double? share) => share is { } value ? value.ToString("F6", CultureInfo.InvariantCulture) : "nothing to ground";

    private static double? Share(IReadOnlyList<string> answer, IReadOnlyList<string> question, Func<string, bool> known)
    {
        var news = answer.Where(word => !question.Contains(word)).ToArray();
        return news.Length == 0 ? null : (double)news.Count(known) / news.Length;
    }
}
