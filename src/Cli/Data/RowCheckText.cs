using System.Text.Json;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Data.RowChecks;
using TurkishLlm.Files;

namespace TurkishLlm.Cli.Data;

/// <summary>Prints the result of checking fine-tuning rows.</summary>
internal static class RowCheckText
{
    private const int ShownCharacters = 300;

    /// <summary>Prints the report.</summary>
    /// <param name="display">Output.</param>
    /// <param name="report">The report.</param>
    /// <param name="shown">Number of contradictions to print.</param>
    public static void Write(Display display, RowCheckReport report, int shown)
    {
        var findings = Enum.GetValues<RowFinding>().Where(finding => finding != RowFinding.None).ToArray();
        display.WriteTable(
            ["format", "rows", "invalid", .. findings.Select(GetName), "file"],
            report.Files.Select((file, i) => (IReadOnlyList<string>)
            [
                file.Format.ToString(), Format.Count(file.Rows), Format.Count(file.Invalid),
                .. findings.Select(finding =>
                    Format.Count(report.Verdicts.Count(row => row.File == i && row.Finding == finding))),
                Format.RelativePaths(file.File),
            ]));
        display.WriteLine();
        WriteNumbers(display, report);
        foreach (var contradiction in report.Contradictions.Take(shown)) Write(display, contradiction);
        foreach (var problem in report.Problems) display.WriteLine($"Invalid: {Format.RelativePaths(problem)}");
        foreach (var keys in report.UnknownKeys)
            display.WriteLine(RowNotes.DescribeUnknownKeys(
                Format.RelativePaths(keys.Split(": ", 2)[0]), keys.Split(": ", 2)[1]));
        foreach (var warning in report.Warnings) display.WriteWarning($"Warning: {warning}");
    }

    /// <summary>Creates the report as an object for JSON.</summary>
    /// <param name="report">The report.</param>
    /// <param name="written">Rows kept and removed; null if nothing was written.</param>
    public static object CreateJson(RowCheckReport report, (int Kept, int Removed)? written) => new
    {
        Files = report.Files.Select(file => new { file.File, Format = file.Format.ToString(), file.Rows, file.Invalid }),
        Rows = report.Verdicts.Count,
        report.TokenRows,
        Findings = Enum.GetValues<RowFinding>().Where(finding => finding != RowFinding.None)
            .ToDictionary(finding => ToKey(finding), report.Count),
        report.Contradictions,
        Diversity = report.Diversity,
        QuestionBytes = CreateJson(report.QuestionLengths),
        AnswerBytes = CreateJson(report.AnswerLengths),
        PersonalData = report.PersonalData.OrderBy(kind => kind.Key)
            .ToDictionary(kind => ToKey(kind.Key), kind => kind.Value),
        report.Problems,
        report.Warnings,
        written?.Kept,
        written?.Removed,
    };

    private static object CreateJson(LengthStatistics lengths) => new
    {
        lengths.Percentile1,
        lengths.Median,
        lengths.Percentile99,
        lengths.Maximum,
        LowLimit = JsonOutput.Finite(lengths.LowLimit),
        HighLimit = JsonOutput.Finite(lengths.HighLimit),
    };

    private static void WriteNumbers(Display display, RowCheckReport report)
    {
        var diversity = report.Diversity;
        if (report.TokenRows > 0)
            display.WriteLine($"{Format.Count(report.TokenRows, "row")} of tokens: only equal ones were found.");
        if (diversity.Questions > 0)
        {
            display.WriteLine(
                $"Openings: {Format.Count(diversity.Openings)} of three words, as diverse as "
                    + Format.Invariant($"{diversity.EffectiveOpenings:F0} equally frequent ones ")
                    + Format.Invariant($"({diversity.OpeningEntropy:F2} bits); the most frequent, ")
                    + $"\"{diversity.MostFrequentOpening}\", has {Format.Percent(diversity.MostFrequentShare)}.");
            display.WriteLine(
                $"Distinct n-grams of {Format.Count(diversity.SampledQuestions, "question")}: "
                    + $"{Format.Percent(diversity.Distinct1)} of words, {Format.Percent(diversity.Distinct2)} of pairs, "
                    + $"{Format.Percent(diversity.Distinct3)} of triples.");
            display.WriteLine($"Questions: {Describe(report.QuestionLengths)}.");
            display.WriteLine($"Answers: {Describe(report.AnswerLengths)}.");
        }
        string[] personal =
        [
            .. report.PersonalData.OrderBy(kind => kind.Key).Select(kind => PersonalDataNames.Count(kind.Key, kind.Value)),
        ];
        display.WriteLine($"Personal data: {string.Join(", ", personal.DefaultIfEmpty("none"))}.");
    }

    private static string Describe(LengthStatistics lengths) =>
        $"median {Format.Count(lengths.Median)} bytes, 98 % between {Format.Count(lengths.Percentile1)} and "
        + $"{Format.Count(lengths.Percentile99)}, maximum {Format.Count(lengths.Maximum)}";

    private static void Write(Display display, Contradiction contradiction)
    {
        display.WriteHeading($"Contradiction among {Format.Count(contradiction.Rows, "row")}");
        WriteRow(contradiction.First, contradiction.Question, contradiction.Answer);
        WriteRow(contradiction.Second, contradiction.SecondQuestion, contradiction.SecondAnswer);

        void WriteRow(string location, string question, string answer)
        {
            display.WriteLine(Format.RelativePaths(location));
            display.WriteLine($"  question: {Shorten(question)}");
            display.WriteLine($"  answer:   {Shorten(answer)}");
        }
    }

    private static string Shorten(string text) => Excerpt.Of(text.ReplaceLineEndings(" "), ShownCharacters);

    private static string GetName(RowFinding finding) => finding switch
    {
        RowFinding.Duplicate => "duplicate",
        RowFinding.NearDuplicate => "near-duplicate",
        RowFinding.Contradiction => "contradiction",
        RowFinding.LengthOutlier => "length",
        RowFinding.LanguageOutlier => "language",
        _ => "personal data",
    };

    private static string ToKey<T>(T value)
        where T : struct, Enum =>
        JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
