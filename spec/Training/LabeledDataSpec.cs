using System.Text.Json;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.Preference;
using TurkishLlm.Spec.Oracles.Training;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Spec.Training;

/// <summary>Chooses the row from which each row gets an answer, by the questions of the rows.</summary>
public delegate IReadOnlyList<int> ChoosePartners(IReadOnlyList<int> questions);

/// <summary>Reads labeled answers from a file.</summary>
public delegate IReadOnlyList<LabeledRow> ReadLabels(string file);

/// <summary>Loads the training answers of a file.</summary>
public delegate IReadOnlyList<LabeledAnswer> LoadAnswers(ChatTemplate template, string file);

/// <summary>The question of each row.</summary>
/// <param name="Questions">Indices of questions; equal ones are one question.</param>
public sealed record QuestionCase(params IReadOnlyList<int> Questions)
{
    /// <inheritdoc/>
    public override string ToString() => string.Join(" ", Questions);
}

/// <summary>Rows of a file: pairs with two answers, others with one answer and its label.</summary>
/// <param name="Rows">Question, answer, and a rejected answer, <c>true</c> or <c>false</c>.</param>
public sealed record LabelCase(params IReadOnlyList<(string Question, string Answer, string Other)> Rows)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Rows.Count} rows, {Rows.Count(row => row.Other is "true" or "false")} with a label";

    /// <summary>The answers that the rows contain, in order.</summary>
    internal IReadOnlyList<(string Question, string Answer, bool IsDesirable)> Answers =>
    [
        .. Rows.SelectMany(row => row.Other is "true" or "false"
            ? [(row.Question, row.Answer, row.Other == "true")]
            : new[] { (row.Question, row.Answer, true), (row.Question, row.Other, false) }),
    ];

    internal T WithFile<T>(Func<string, T> use)
    {
        var folder = Directory.CreateTempSubdirectory("turkishllm-labels-");
        try
        {
            var file = Path.Combine(folder.FullName, "rows.jsonl");
            File.WriteAllLines(file, Rows.Select(row => row.Other is "true" or "false"
                ? JsonSerializer.Serialize(new { prompt = row.Question, completion = row.Answer, label = row.Other == "true" })
                : JsonSerializer.Serialize(new { prompt = row.Question, chosen = row.Answer, rejected = row.Other })));
            return use(file);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}

/// <summary>Rows of KTO: KTO-04, KTO-05, KTO-06.</summary>
public static class LabeledDataSpec
{
    private static readonly LabelCase[] Files =
    [
        new(
            ("Makara nerede?", "Üçüncü rafta.", "Bilmem."), ("Fire nedir?", "Kullanılmayan parça.", "true"),
            ("Kim onaylar?", "Kimse onaylamaz.", "false"), ("Stok kaç?", "Beş.", "Yüz olabilir, belki de bin.")),
        new(
            ("Hangi gün?", "Her gün.", "false"), ("Işık yanıyor mu?", "Hayır.", "true"),
            ("Ne üretilir?", "Kablo üretilir.", "Bir şey."), ("İş bitti mi?", "Belki.", "false"),
            ("Kaç kilo?", "On iki.", "true")),
    ];

    public static readonly Requirement<QuestionCase, ChoosePartners> KTO_04_Derangement = new()
    {
        Id = "KTO-04",
        Statement = "Mismatched answers are a permutation of the answers without fixed points, and none is to its own question "
            + "unless that question has more than half of the rows.",
        Source = "Ethayarajh et al. 2024, arXiv:2402.01306, section 4.1: answers to other questions estimate the divergence",
        CanonicalCases = [new(0, 0, 1, 1, 2, 2), new(4, 4, 7, 4, 9, 9, 7, 2, 2), new(3, 3, 3, 1, 1, 1, 8, 8)],
        Subject = (_, _) => MismatchedAnswers.Choose,
        Holds = (choose, c, _) =>
        {
            var partners = choose(c.Questions);
            var isEven = 2 * c.Questions.GroupBy(question => question).Max(rows => rows.Count()) <= c.Questions.Count;
            return Verdict.All(
                Verdict.SameElements([.. Enumerable.Range(0, c.Questions.Count)], [.. partners.Order()], "partners in order"),
                Verdict.Equal(0, partners.Index().Count(row => row.Index == row.Item), "rows with their own answer"),
                Verdict.Equal(
                    0, partners.Index().Count(row => isEven && c.Questions[row.Index] == c.Questions[row.Item]),
                    "rows with an answer to their own question"));
        },
        Impostors = new()
        {
            ["the row itself"] = (_, _) => questions => [.. questions.Select((_, row) => row)],
            ["a shift by one"] = (_, _) => questions => [.. questions.Select((_, row) => (row + 1) % questions.Count)],
            ["the next row with another question"] = (_, _) => questions =>
            [
                .. questions.Select((question, row) => Enumerable.Range(row + 1, questions.Count)
                    .Select(other => other % questions.Count).First(other => questions[other] != question)),
            ],
            ["in reverse order"] = (_, _) => questions => [.. questions.Select((_, row) => questions.Count - 1 - row)],
            ["drawn with replacement"] = (_, at) => questions =>
            [
                .. questions.Select((_, row) => (int)CounterOracle.Draw(at.Seed, 1, row, questions.Count)),
            ],
            ["the answer of the first row of another question"] = (_, _) => questions =>
                [.. questions.Select(question => questions.Index().First(other => other.Item != question).Index)],
        },
    };

    public static readonly Requirement<LabelCase, ReadLabels> KTO_05_Labels = new()
    {
        Id = "KTO-05",
        Statement = "A row with a label is one answer with that label; a pair is a desirable answer, the chosen one, and an "
            + "undesirable one.",
        Source = "unpaired preference format of TRL; BUG-DPO-08: swapped labels teach the opposite, and the loss falls",
        CanonicalCases = Files,
        Subject = (_, _) => file => [.. LabeledReader.Read(file)],
        Holds = (read, c, _) => c.WithFile(file => Verdict.SameElements(
            [.. c.Answers],
            [
                .. read(file).Select(row => (
                    row.Conversation.Messages[0].Text, row.Conversation.Messages[1].Text, row.IsDesirable)),
            ],
            "answer")),
        Impostors = new()
        {
            ["labels swapped"] = (_, _) => Change(rows => rows.Select(row => row with { IsDesirable = !row.IsDesirable })),
            ["every answer is desirable"] = (_, _) => Change(rows => rows.Select(row => row with { IsDesirable = true })),
            ["rejected answers are dropped"] = (_, _) => Change(rows => rows.Where(row => row.IsDesirable)),
            ["the label of the row before"] = (_, _) => Change(rows => rows.Zip(
                rows.Skip(rows.Count - 1).Concat(rows), (row, before) => row with { IsDesirable = before.IsDesirable })),
            ["labels count for pairs only"] = (c, _) => Change(rows => rows.Select(row =>
                row with { IsDesirable = row.IsDesirable || rows.Count(other => other.Line == row.Line) == 1 })),
        },
    };

    public static readonly Requirement<LabelCase, LoadAnswers> KTO_06_Mismatched = new()
    {
        Id = "KTO-06",
        Statement = "The mismatched answer of a row follows the tokens of the row's own prompt, is the whole answer of another "
            + "row with its end of turn, and only it is in the loss mask.",
        Source = "Ethayarajh et al. 2024, arXiv:2402.01306, section 4.1; BUG-SFT-04, BUG-DPO-08",
        CanonicalCases = Files,
        Subject = (_, _) => Load,
        Holds = (load, c, at) => c.WithFile(file =>
        {
            var template = new ChatTemplate(at.Tokenizer);
            var answers = load(template, file);
            return Verdict.All(
            [
                Verdict.SameElements(
                    [.. c.Answers.Select(answer => answer.IsDesirable)],
                    [.. answers.Select(answer => answer.IsDesirable)], "label"),
                .. c.Answers.Zip(answers).SelectMany((row, i) => Judge(template, c, i, row.Second)),
            ]);
        }),
        Impostors = new()
        {
            ["its own answer"] = (_, _) => With((answer, _) => answer.Answer),
            ["the whole other row"] = (_, _) => With((answer, all) => all[(all.ToList().IndexOf(answer) + 2) % all.Count].Answer),
            ["the prompt is in the loss mask"] = (_, _) => With((answer, _) => new(
                [.. answer.Mismatched.Ids.Select(id => (int)id)], [.. answer.Mismatched.LossMask.Select((_, i) => i > 0)])),
            ["the end of turn is missing"] = (_, _) => With((answer, _) => new(
                [.. answer.Mismatched.Ids.SkipLast(1).Select(id => (int)id)], [.. answer.Mismatched.LossMask.SkipLast(1)])),
            ["the mask is that of the own answer"] = (_, _) => With((answer, _) => new(
                [.. answer.Mismatched.Ids.Select(id => (int)id)],
                [.. answer.Mismatched.Ids.Select((_, i) => i == answer.Answer.Ids.Count - 1)])),
        },
    };

    public static IReadOnlyList<Requirement> All => [KTO_04_Derangement, KTO_05_Labels, KTO_06_Mismatched];

    private static IReadOnlyList<LabeledAnswer> Load(ChatTemplate template, string file) =>
        LabeledDataset.Open(template, new([file], SequenceLength: 256) { ValidationShare = 0 }).Train;

    private static IEnumerable<Verdict> Judge(ChatTemplate template, LabelCase c, int row, LabeledAnswer found)
    {
        var (question, answer, _) = c.Answers[row];
        var prompt = template.RenderPrompt(new(ChatMessage.User(question)));
        int[][] others =
        [
            .. c.Answers.Where(other => other.Question != question)
                .Select(other => template.Render(
                    new(ChatMessage.User(question), ChatMessage.Assistant(other.Answer)), Supervision.Completion).Ids.ToArray()),
        ];
        int[] ids = [.. found.Mismatched.Ids.Select(id => (int)id)];
        yield return Verdict.SameElements(
            template.Render(new(ChatMessage.User(question), ChatMessage.Assistant(answer)), Supervision.Completion).Ids,
            [.. found.Answer.Ids.Select(id => (int)id)], $"tokens of answer {row}");
        yield return Verdict.SameElements(prompt, [.. ids.Take(prompt.Count)], $"prompt of mismatched answer {row}");
        yield return Verdict.Equal(true, others.Any(other => other.SequenceEqual(ids)), $"answer {row} is that of another row");
        yield return Verdict.SameElements(
            [.. ids.Select((_, i) => i >= prompt.Count)], found.Mismatched.LossMask, $"loss mask of mismatched answer {row}");
    }

    private static ReadLabels Change(Func<IReadOnlyList<LabeledRow>, IEnumerable<LabeledRow>> change) =>
        file => [.. change([.. LabeledReader.Read(file)])];

    private static LoadAnswers With(Func<LabeledAnswer, IReadOnlyList<LabeledAnswer>, TokenizedExample> change) =>
        (template, file) =>
        {
            var answers = Load(template, file);
            return [.. answers.Select(answer => answer with { Mismatched = change(answer, answers) })];
        };
}
