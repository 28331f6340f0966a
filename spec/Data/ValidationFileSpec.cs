using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Spec.Data;

/// <summary>The rows that are trained on, those that are validated, and the number of excluded rows.</summary>
/// <param name="Train">Training rows, by index.</param>
/// <param name="Validation">Validation rows, by index.</param>
/// <param name="Leaks">Number of training rows reported to be in the validation rows.</param>
public sealed record ValidatedRows(IReadOnlyList<int> Train, IReadOnlyList<int> Validation, long Leaks);

/// <summary>Selects rows of a source and of validation files.</summary>
public delegate ValidatedRows SelectValidated(
    IReadOnlyList<QuestionAnswer> training, IReadOnlyList<QuestionAnswer> validation);

/// <summary>Training rows of which some are in the validation rows, in all ways in which rows repeat one another.</summary>
/// <param name="Topics">Number of topics, with one validation row each.</param>
/// <param name="Files">Number of validation files.</param>
public sealed record ValidationFileCase(int Topics, int Files)
{
    // The order of the training rows of a topic: the first four must not be trained on.
    internal const int PerTopic = 6, LeaksPerTopic = 4;

    internal IReadOnlyList<QuestionAnswer> Validation => [.. Enumerable.Range(0, Topics).Select(Row), Row(0)];

    internal IReadOnlyList<QuestionAnswer> Training =>
    [
        .. Enumerable.Range(0, Topics).Select(Row).SelectMany((row, i) => new[]
        {
            row,
            row with { Question = TurkishCase.ToUpper(row.Question), Context = $"Başka bir sayfa, {i}. sürüm." },
            row with { Answer = $"Kayıt numarası {i} ile biten fişte yazar." },
            row with
            {
                Context = "", Answer = row.Answer.Replace("alınır", "gönderilir", StringComparison.Ordinal),
            },
            row with { Context = $"Makara {i} için sayfa yoktur.", Answer = "Bu konuda bilgim yok." },
            new QuestionAnswer($"Vardiya {i} ne zaman başlar?", $"Vardiya {i} sabah başlar.", $"Saat {i} buçukta başlar."),
        }),
    ];

    internal IReadOnlyList<int> Learned =>
        [.. Enumerable.Range(0, Topics * PerTopic).Where(i => i % PerTopic >= LeaksPerTopic)];

    private static QuestionAnswer Row(int i) => new(
        FormattableString.Invariant($"Makara {i} üretimden sonra nerede tartılır ve üzerine hangi etiket yapıştırılır?"),
        FormattableString.Invariant($"Makara {i} çıkış kantarında tartılır. Üzerine sarı etiket yapıştırılır."),
        FormattableString.Invariant($"Makara {i} üretimden çıktıktan sonra çıkış kantarında tartılır, darası düşülür, ")
            + "net ağırlığı fişe yazılır ve üzerine barkodu taşıyan sarı etiket yapıştırılır; sonra sevkiyat deposuna alınır.");
}

/// <summary>Validation rows in files of their own.</summary>
public static class ValidationFileSpec
{
    /// <summary>The requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [Sft41_ValidationFiles];

    /// <summary>Selects the rows of a source and of validation files.</summary>
    public static readonly Requirement<ValidationFileCase, SelectValidated> Sft41_ValidationFiles = new()
    {
        Id = "SFT-41",
        Statement = "With validation files, every different row of them is validated once and none is trained on; training "
            + "rows with the question and context, or the question and answer, of a validation row, or nearly its text, are "
            + "excluded and counted; all other training rows are trained on, and none of them is validated.",
        Source = "Course on fine-tuning, lesson 7: leakage between splits; reference report on fine-tuning, section 13",
        CanonicalCases = [new(Topics: 5, Files: 1), new(Topics: 12, Files: 2)],
        Subject = (c, at) => (training, validation) => Select(training, validation, c, at),
        Holds = (select, c, _) =>
        {
            var selected = select(c.Training, c.Validation);
            return Verdict.All(
                Verdict.SameElements([.. c.Learned], [.. selected.Train.Order()], "training rows"),
                Verdict.SameElements([.. Enumerable.Range(0, c.Topics)], [.. selected.Validation.Order()], "validation rows"),
                Verdict.Equal((long)c.Topics * ValidationFileCase.LeaksPerTopic, selected.Leaks, "excluded rows"));
        },
        Impostors = new()
        {
            ["a share of the training rows is validated as well"] = (c, at) => (training, validation) =>
                Select(training, validation, c, at, share: 0.2),
            ["the files are not read"] = (c, at) => (training, validation) =>
                Select(training, validation, c, at) with { Validation = [] },
            ["leaks are trained on"] = (c, at) => (training, validation) => new(
                [.. Enumerable.Range(0, training.Count)], Select(training, validation, c, at).Validation, 0),
            ["rows are compared with exact letters"] = (c, at) => (training, validation) => Without(
                training, validation, c, at, row => validation.Any(other =>
                    row.Question == other.Question && (row.Context == other.Context || row.Answer == other.Answer))),
            ["near-duplicates are trained on"] = (c, at) => (training, validation) => Without(
                training, validation, c, at, row => validation.Any(other => row.HasSameQuestionAs(other)
                    && (row.Context == other.Context || row.Answer == other.Answer))),
            ["every row with a question of the validation rows is excluded"] = (c, at) => (training, validation) => Without(
                training, validation, c, at, row => row.Question.StartsWith("Makara", StringComparison.OrdinalIgnoreCase)),
            ["validation rows are trained on"] = (c, at) => (training, validation) =>
            {
                var selected = Select(training, validation, c, at);
                return selected with { Train = [.. selected.Train, 0] };
            },
            ["a repeated validation row is validated twice"] = (c, at) => (training, validation) =>
            {
                var selected = Select(training, validation, c, at);
                return selected with { Validation = [.. selected.Validation, 0] };
            },
            ["leaks are not counted"] = (c, at) => (training, validation) =>
                Select(training, validation, c, at) with { Leaks = 0 },
        },
    };

    private static ValidatedRows Without(
        IReadOnlyList<QuestionAnswer> training, IReadOnlyList<QuestionAnswer> validation, ValidationFileCase c, Conditions at,
        Func<QuestionAnswer, bool> isExcluded)
    {
        int[] kept = [.. Enumerable.Range(0, training.Count).Where(i => !isExcluded(training[i]))];
        return new(kept, Select(training, validation, c, at).Validation, training.Count - kept.Length);
    }

    private static ValidatedRows Select(
        IReadOnlyList<QuestionAnswer> training, IReadOnlyList<QuestionAnswer> validation, ValidationFileCase c, Conditions at,
        double share = 0)
    {
        var folder = Directory.CreateTempSubdirectory("turkishllm-validation-");
        try
        {
            var source = Write(folder, "rows", training);
            string[] files =
            [
                .. validation.Chunk((validation.Count + c.Files - 1) / c.Files)
                    .Select((part, i) => Write(folder, FormattableString.Invariant($"validation{i}"), part)),
            ];
            var data = SftDataset.Open(
                new ChatTemplate(at.Tokenizer), at.Tokenizer, new([new("rows", source)], SequenceLength: 4096)
                {
                    ValidationFiles = files, ValidationShare = share, Seed = at.Seed,
                });
            return new(
                [.. data.Train.Select(example => Line(example.Location))],
                [.. data.Validation.Select(example => FindRow(example.Location))],
                data.Report[0].GetCount(RowOutcome.InValidation));

            int FindRow(string location) => Array.FindIndex(files, file => location.StartsWith(file, StringComparison.Ordinal))
                is >= 0 and var file
                    ? file * ((validation.Count + c.Files - 1) / c.Files) + Line(location)
                    : -1;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static int Line(string location) => int.Parse(
        location[(location.LastIndexOf(':') + 1)..], System.Globalization.CultureInfo.InvariantCulture) - 1;

    private static string Write(DirectoryInfo folder, string name, IReadOnlyList<QuestionAnswer> rows)
    {
        var file = Path.Combine(folder.FullName, $"{name}.jsonl");
        ConversationWriter.Write(
            file,
            rows.Select(row => new ConversationRow(file, 1)
            {
                Conversation = new(
                    row.Context.Length == 0 ? ChatMessage.User(row.Question) : ChatMessage.User(row.Question, row.Context),
                    ChatMessage.Assistant(row.Answer)),
            }),
            ConversationFormat.Pairs);
        return file;
    }
}
