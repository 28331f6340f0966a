using TurkishLlm.Data.Corpus;
using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Spec.Training;

/// <summary>Returns the numbers of the rows that a task asks, and of the answered questions before the first.</summary>
public delegate (IReadOnlyList<int> Asked, IReadOnlyList<int> Shots) ChooseRows(RowChoiceCase choice);

/// <summary>Sums a metric over the slices of a field.</summary>
public delegate IReadOnlyDictionary<string, MetricValue> SliceRows(IReadOnlyList<(string? Slice, RowValue Value)> rows);

/// <summary>Counts for each row of an evaluation how many of its n-grams are in a text.</summary>
public delegate IReadOnlyList<int> FindOverlap(IReadOnlyList<string> rows, string text, int length);

/// <summary>A task that asks some rows of a file.</summary>
/// <param name="FileRows">Rows of the file.</param>
/// <param name="Rows">Rows to ask; 0 = all.</param>
/// <param name="FewShot">Answered questions.</param>
/// <param name="Seed">Seed of the choice.</param>
public sealed record RowChoiceCase(int FileRows, int Rows, int FewShot, long Seed);

/// <summary>Rows with the value of a metric, its weight, and their slice.</summary>
/// <param name="Rows">The rows.</param>
public sealed record SliceCase(params IReadOnlyList<(string? Slice, double Sum, double Weight)> Rows)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Rows.Count} rows";
}

/// <summary>A text with a number.</summary>
/// <param name="Text">The text.</param>
/// <param name="Marked">The number after ####; null for none.</param>
/// <param name="Last">The last number; null for none.</param>
public sealed record FinalNumberCase(string Text, double? Marked, double? Last);

/// <summary>Rows of an evaluation and a training text that repeats a part of one.</summary>
/// <param name="Name">Name of the case.</param>
/// <param name="Text">The training text.</param>
/// <param name="Found">N-grams of each row that the text has.</param>
/// <param name="Rows">The rows.</param>
public sealed record OverlapCase(string Name, string Text, IReadOnlyList<int> Found, params IReadOnlyList<string> Rows)
{
    internal const int Length = 9;

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>Tasks: their rows, slices, numbers and overlap with training text: EVL-35, EVL-36, EVL-38, EVL-42.</summary>
public static class TaskSpec
{
    private const string Planted = "makara önce tartılır sonra etiketi basılır ve boş rafa alınarak sayım listesine yazılır";

    public static readonly Requirement<RowChoiceCase, ChooseRows> EVL_35_RowsOfASeed = new()
    {
        Id = "EVL-35",
        Statement = "A task asks as many rows as its plan says, each once, in the order of the file, the same for the same seed, "
            + "and none that is an answered question before another.",
        Source = "Brown et al. 2020, arXiv:2005.14165, section 2.4: answered questions are never taken from the rows asked",
        CanonicalCases = [new(40, 9, 3, 5), new(23, 0, 2, 11), new(30, 12, 0, 7)],
        Subject = (_, _) => choice => Choose(choice),
        Holds = (choose, c, _) =>
        {
            var ((asked, shots), again) = (choose(c), choose(c));
            var count = c.Rows == 0 ? c.FileRows - c.FewShot : c.Rows;
            return Verdict.All(
                Verdict.Equal(count, asked.Count, "rows asked"),
                Verdict.Equal(count, asked.Distinct().Count(), "different rows"),
                Verdict.SameElements(asked.Order().ToArray(), asked, "order of the file"),
                Verdict.SameElements(asked, again.Asked, "the same again"),
                Verdict.SameElements(Enumerable.Range(0, c.FewShot).ToArray(), shots, "answered questions"),
                Verdict.Equal(0, asked.Intersect(shots).Count(), "rows that are both"),
                Verdict.That(
                    c.Rows == 0 || !asked.SequenceEqual(Enumerable.Range(c.FewShot, c.Rows)),
                    "drawn rows are not the first"));
        },
        Impostors = new()
        {
            ["answered questions are asked too"] = (_, _) => choice =>
                Choose(choice) is var (asked, shots) && shots.Count > 0
                    ? ([.. shots, .. asked.Skip(choice.Rows == 0 ? 0 : shots.Count)], shots) : ([0, 0], shots),
            ["with repetition"] = (_, _) => choice => Choose(choice) is var (asked, shots)
                ? ([.. asked.Select((row, i) => i == 1 ? asked[0] : row)], shots) : default,
            ["in another order"] = (_, _) => choice => Choose(choice) is var (asked, shots)
                ? ([.. asked.Reverse()], shots) : default,
            ["one row too few"] = (_, _) => choice => Choose(choice) is var (asked, shots)
                ? ([.. asked.Skip(1)], shots) : default,
        },
    };

    public static readonly Requirement<SliceCase, SliceRows> EVL_36_SlicesAddUp = new()
    {
        Id = "EVL-36",
        Statement = "Every row is in exactly one slice of a field, also a row without the field: sums and weights over the "
            + "slices are those over all rows.",
        Source = "BUG-EVL-01: a mean of means",
        CanonicalCases =
        [
            new(("in", 1, 1), ("near", 0, 1), ("in", 1, 1), (null, 1, 1), ("out", 0, 1)),
            new(("kolay", 12.5, 5), ("zor", 40, 8), (null, 3, 2), ("kolay", 1, 1)),
        ],
        Subject = (_, _) => rows => TaskMetrics.Summarize(Evaluate(rows), ["domain"]).Slices!["domain"]
            .ToDictionary(slice => slice.Key, slice => slice.Value[Metric.Loss.Name]),
        Holds = (slice, c, _) =>
        {
            var slices = slice([.. c.Rows.Select(row => (row.Slice, new RowValue(row.Sum, row.Weight)))]);
            return Verdict.All(
                Verdict.SameElements(
                    c.Rows.Select(row => row.Slice ?? TaskMetrics.NoValue).Distinct().Order(StringComparer.Ordinal).ToArray(),
                    slices.Keys.Order(StringComparer.Ordinal).ToArray(), "slices"),
                Verdict.AtMost(
                    1e-12, Math.Abs(c.Rows.Sum(row => row.Sum) - slices.Values.Sum(value => value.Value * value.Weight)),
                    "difference of the sums"),
                Verdict.AtMost(
                    0, Math.Abs(c.Rows.Sum(row => row.Weight) - slices.Values.Sum(value => value.Weight)),
                    "difference of the weights"));
        },
        Impostors = new()
        {
            ["rows without the field are skipped"] = (_, _) => rows => Slice(rows.Where(row => row.Slice is not null)),
            ["a row without the field is in every slice"] = (_, _) => rows => rows.Select(row => row.Slice).OfType<string>()
                .Distinct().ToDictionary(
                    name => name, name => Mean(rows.Where(row => row.Slice is null || row.Slice == name))),
            ["the last slice is missing"] = (_, _) => rows => Slice(rows).SkipLast(1).ToDictionary(),
            ["weights are numbers of slices"] = (_, _) => rows => Slice(rows)
                .ToDictionary(slice => slice.Key, slice => slice.Value with { Weight = 1 }),
        },
    };

    public static readonly Requirement<FinalNumberCase, Func<string, (double? Marked, double? Last)>> EVL_38_FinalNumber = new()
    {
        Id = "EVL-38",
        Statement = "The result of a calculation is the number after ####, else the last one, read as Turkish writes numbers: "
            + "1.284,5 is one thousand two hundred eighty-four and a half.",
        Source = "Cobbe et al. 2021, arXiv:2110.14168; lm-evaluation-harness gsm8k: strict-match and flexible-extract",
        CanonicalCases =
        [
            new("3 makara 12 TL eder.\n#### 1.284,5\nSonra 7 kaldı.", 1284.5, 7),
            new("Sonuç 1.250 olur, yani 2,5 katı.\n####  -1.250.000", -1250000, -1250000),
            new("#### 1,234,567 ve 3,75", 1234567, 3.75),
        ],
        Subject = (_, _) => text => ((double?)FinalNumber.FindMarked(text), (double?)FinalNumber.FindLast(text)),
        Holds = (find, c, _) =>
        {
            var (marked, last) = find(c.Text);
            return Verdict.All(
                Verdict.Equal(c.Marked ?? double.NaN, marked ?? double.NaN, "after the mark"),
                Verdict.Equal(c.Last ?? double.NaN, last ?? double.NaN, "the last"));
        },
        Impostors = new()
        {
            ["as English writes numbers"] = (_, _) => text => (
                ParseEnglish(Digits(AfterMark(text))[0]), ParseEnglish(Digits(text)[^1])),
            ["the first number"] = (_, _) => text => ((double?)FinalNumber.FindMarked(text), double.Parse(
                new string([.. text.SkipWhile(c => !char.IsAsciiDigit(c)).TakeWhile(char.IsAsciiDigit)]),
                System.Globalization.CultureInfo.InvariantCulture)),
            ["every point and comma is dropped"] = (_, _) => text => (
                ParseEnglish(Digits(AfterMark(text))[0].Replace(".", "", StringComparison.Ordinal)),
                ParseEnglish(Digits(text)[^1].Replace(".", "", StringComparison.Ordinal).TrimStart('-'))),
        },
    };

    public static readonly Requirement<OverlapCase, FindOverlap> EVL_42_PlantedOverlap = new()
    {
        Id = "EVL-42",
        Statement = "A row counts as contaminated by the n-grams of its texts that occur in the training text, in any letter "
            + "case and punctuation, each once; fewer words in a row, or words across two texts, are no overlap.",
        Source = "Brown et al. 2020, arXiv:2005.14165, appendix C",
        CanonicalCases =
        [
            new("planted", $"Bugün {Shout(Planted)}, dedi. Yine: {Planted}.", [0, 5, 0],
                "Depoda hangi makaralar var ve bunların hangisi yarın sabah ilk olarak sevk edilecek?",
                $"Nasıl yapılır? {Planted}.",
                "Makara önce tartılır sonra etiketi basılır ve boş kutuya konur, ama kimse bunu sayım için yazmaz bile."),
            new("other text", "Bambaşka bir konuda uzun bir metin, içinde makara önce tartılır sonra etiketi basılır ve yok.",
                [0, 0], $"Nasıl yapılır? {Planted}.", "Bir iki üç dört beş altı yedi sekiz dokuz on on bir on iki."),
        ],
        Subject = (_, _) => (rows, text, length) =>
        {
            var search = new TextContamination(length);
            foreach (var row in rows) search.AddRow([row]);
            search.Search(text);
            return [.. search.Rows.Select(row => row.Found)];
        },
        Holds = (find, c, _) => Verdict.SameElements(
            c.Found, find(c.Rows, c.Text, OverlapCase.Length), "n-grams found in each row"),
        Impostors = new()
        {
            ["two words fewer are enough"] = (_, _) => (rows, text, length) => CountShared(rows, text, length - 2, fold: true),
            ["any shared word"] = (_, _) => (rows, text, _) => CountShared(rows, text, 1, fold: true),
            ["the words in any order"] = (_, _) => (rows, text, length) =>
                [.. rows.Select(row => Words(row, true).Intersect(Words(text, true)).Count() >= length - 2 ? 1 : 0)],
            ["every n-gram of a row that has one"] = (_, _) => (rows, text, length) =>
                [.. CountShared(rows, text, length - 2, fold: true).Zip(rows, (found, row) => found > 0
                    ? Words(row, true).Length : 0)],
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All =>
        [EVL_35_RowsOfASeed, EVL_36_SlicesAddUp, EVL_38_FinalNumber, EVL_42_PlantedOverlap];

    private static (IReadOnlyList<int> Asked, IReadOnlyList<int> Shots) Choose(RowChoiceCase c)
    {
        var scratch = Directory.CreateTempSubdirectory("turkishllm-task-");
        try
        {
            var file = Path.Combine(scratch.FullName, "gold.jsonl");
            TurkishLlm.Files.AtomicFile.WriteLines(
                file,
                Enumerable.Range(0, c.FileRows)
                    .Select(row => $$"""{"question": "soru {{row}}", "answer": "yanıt {{row}}"}"""));
            var rows = TaskRows.Read(
                new("gold", [file]) { Rows = c.Rows, Choose = RowChoice.Random, FewShot = c.FewShot }, c.Seed);
            return (
                [.. rows.Select(row => Number(row.Question))],
                [.. rows[0].Prompt.Messages.SkipLast(1).Where(message => message.Role == ChatRole.User)
                    .Select(message => Number(message.Text))]);
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    private static int Number(string question) =>
        int.Parse(question["soru ".Length..], System.Globalization.CultureInfo.InvariantCulture);

    private static GoldEvaluation Evaluate(IReadOnlyList<(string? Slice, RowValue Value)> rows)
    {
        GoldRow[] gold =
        [
            .. rows.Select((row, i) => new GoldRow(
                $"gold:{i}", TaskType.Answer, new(ChatMessage.User("?")), ChatMessage.Assistant("!"))
            {
                Fields = row.Slice is null
                    ? new Dictionary<string, string>() : new Dictionary<string, string> { ["domain"] = row.Slice },
            }),
        ];
        return new(
            gold,
            [
                .. gold.Zip(rows, (row, value) => new RowResult(
                    row, "", null, new Dictionary<Metric, RowValue> { [Metric.Loss] = value.Value })),
            ]);
    }

    private static Dictionary<string, MetricValue> Slice(IEnumerable<(string? Slice, RowValue Value)> rows) => rows
        .GroupBy(row => row.Slice ?? TaskMetrics.NoValue, StringComparer.Ordinal)
        .ToDictionary(slice => slice.Key, Mean, StringComparer.Ordinal);

    private static MetricValue Mean(IEnumerable<(string? Slice, RowValue Value)> rows)
    {
        RowValue[] values = [.. rows.Select(row => row.Value)];
        return new(values.Sum(value => value.Sum) / values.Sum(value => value.Weight), values.Sum(value => value.Weight));
    }

    private static string Shout(string text) => text.Replace('i', 'İ').Replace('ı', 'I').ToUpperInvariant();

    private static string AfterMark(string text) => text[(text.IndexOf('#', StringComparison.Ordinal) + 4)..];

    private static string[] Digits(string text) =>
        [.. System.Text.RegularExpressions.Regex.Matches(text, @"-?\d[\d.,]*").Select(match => match.Value.TrimEnd('.', ','))];

    private static double? ParseEnglish(string text) => double.TryParse(
        text.Replace(",", "", StringComparison.Ordinal), System.Globalization.NumberStyles.Float,
        System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string[] Words(string text, bool fold)
    {
        var lower = fold ? TurkishLlm.Tokenization.TurkishCase.ToLower(text) : text;
        return lower.Split([' ', '.', ',', '?', ':'], StringSplitOptions.RemoveEmptyEntries);
    }

    private static IReadOnlyList<int> CountShared(IReadOnlyList<string> rows, string text, int length, bool fold)
    {
        HashSet<string> Runs(string from)
        {
            var words = Words(from, fold);
            return [.. Enumerable.Range(0, Math.Max(0, words.Length - length + 1))
                .Select(i => string.Join(' ', words.AsSpan(i, length).ToArray()))];
        }

        return [.. rows.Select(row => Runs(row).Count(Runs(text).Contains))];
    }
}
