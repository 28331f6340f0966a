using System.Globalization;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Documentation;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Synthesis.Grouping;
using TurkishLlm.Synthesis.Prompts;
using TurkishLlm.Synthesis.Verdicts;

namespace TurkishLlm.Spec.Synthesis;

/// <summary>
/// A conversation in which each turn is about a chunk of its own, and the same with one fault in one turn. The first chunk in the
/// request repeats that of the first turn.
/// </summary>
/// <param name="Turns">Number of turns, 2 or 3.</param>
/// <param name="Difficulty">Difficulty of the conversation.</param>
/// <param name="IsV1">True for the bounds of prompt v1, false for those of v2.</param>
public sealed record ConversationCase(int Turns, Difficulty Difficulty, bool IsV1)
{
    private static readonly (string Heading, string Text, QaTurn Turn)[] Topics =
    [
        (
            "Kantar", "Kamyon iki kez tartılır. Fark 40 kilogramı aşarsa sürücü bekletilir.",
            new("Fark kaç kilogramı aşarsa sürücü bekletilir?", "Fark 40 kilogramı aşarsa sürücü bekletilir.")),
        (
            "Raf kodları", "Demir raflar 120 kilogram taşır. Boya rafının anahtarı şeftedir.",
            new("Demir raflar kaç kilogram taşır?", "Demir raflar 120 kilogram taşır.")),
        (
            "Vardiya", "Gece vardiyası 22:30'da başlar. Nöbetçi önce makineyi çalıştırır.",
            new("Gece vardiyası ne zaman başlar?", "Gece vardiyası 22:30'da başlar.")),
    ];

    // A change of one turn that makes the conversation wrong, and the reason for which it must be rejected.
    private static readonly (string Name, RejectionReason Reason, Func<QaTurn, QaTurn> Change)[] Faults =
    [
        ("English question", RejectionReason.Language, turn => turn with { Question = "What does the driver have to do then?" }),
        ("English answer", RejectionReason.Language, turn => turn with { Answer = "The driver of the truck has to wait." }),
        ("lost diacritics", RejectionReason.Language, turn => turn with { Answer = WithoutDiacritics(turn.Answer) }),
        ("reference", RejectionReason.Reference, turn => turn with { Question = $"Bu metne göre {turn.Question}" }),
        ("correction", RejectionReason.SelfCorrection, turn => turn with { Answer = $"{turn.Answer} Pardon, bu yanlış." }),
        (
            "changed number", RejectionReason.Grounding,
            turn => turn with
            {
                Answer = turn.Answer.Replace("40", "45", StringComparison.Ordinal).Replace("120", "125", StringComparison.Ordinal)
                    .Replace("22:30", "22:15", StringComparison.Ordinal),
            }),
        (
            "changed negation", RejectionReason.Grounding,
            turn => turn with
            {
                Answer = turn.Answer.Replace("bekletilir", "bekletilmez", StringComparison.Ordinal)
                    .Replace("taşır", "taşımaz", StringComparison.Ordinal)
                    .Replace("başlar", "başlamaz", StringComparison.Ordinal),
            }),
        (
            "invented sentence", RejectionReason.Grounding,
            turn => turn with { Answer = $"{turn.Answer} Yazın bahçeye sandalye ve masa konulur." }),
    ];

    internal Func<Difficulty, AnswerLength> Length => IsV1 ? AnswerLength.ForV1 : AnswerLength.ForV2;

    /// <summary>The chunks in the request: a repetition of the first, then one per turn.</summary>
    internal LabeledChunks Shown => LabeledChunks.Select(
        new([Chunk(0, "kopya"), .. Enumerable.Range(0, Turns).Select(i => Chunk(i, Name(i)))]),
        ["tr/kopya", .. Sources]);

    /// <summary>Ids of the chunks of the turns.</summary>
    internal IReadOnlyList<string> Sources => [.. Enumerable.Range(0, Turns).Select(i => $"tr/{Name(i)}")];

    /// <summary>The conversation without a fault.</summary>
    internal QaPair Right => new(
        "r02/tr:1", "r02/tr", QuestionType.Procedural, Difficulty, [.. Topics.Take(Turns).Select(topic => topic.Turn)], Sources);

    /// <summary>Every fault in every turn, with the reason.</summary>
    internal IEnumerable<(string Name, QaPair Pair, RejectionReason Reason)> Wrong =>
        from fault in Faults
        from i in Enumerable.Range(0, Turns)
        let turns = Right.Turns.Select((turn, at) => at == i ? fault.Change(turn) : turn)
        select (
            string.Create(CultureInfo.InvariantCulture, $"{fault.Name} in turn {i + 1}"), Right with { Turns = [.. turns] },
            fault.Reason);

    /// <summary>The conversation with longer answers: all together they have a given share of the most words.</summary>
    internal QaPair WithLength(double share)
    {
        var words = share * Length(Difficulty).MaxWords / Turns;
        return Right with { Turns = [.. Right.Turns.Select(turn => turn with { Answer = Repeat(turn.Answer, words) })] };
    }

    private static string Repeat(string answer, double words) =>
        string.Join(' ', Enumerable.Repeat(answer, (int)Math.Round(words / answer.Split(' ').Length)));

    private static string WithoutDiacritics(string text) => string.Concat(text.Select(Anchor.ToAscii));

    private static string Name(int i) => string.Create(CultureInfo.InvariantCulture, $"konu{i}");

    private static Chunk Chunk(int topic, string name) => new(
        $"tr/{name}", "Depo", Topics[topic].Heading, $"Telbis > {Topics[topic].Heading}", "tr", 30, false, false, [],
        $"## {Topics[topic].Heading}\n\n{Topics[topic].Text}")
    {
        Document = $"tr/{name}.html", ModuleKey = "depo", Submodule = name, Level = PageLevel.Detail,
    };
}
