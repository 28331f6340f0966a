using System.CommandLine;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Model;

namespace TurkishLlm.Cli.Tasks;

/// <summary><c>turkishllm task contamination FILE --text FILE</c></summary>
internal static class TaskContaminationCommand
{
    private const int Shown = 10;

    public static Command Create(Display display)
    {
        var file = new Argument<string>("file") { Description = "Gold file." };
        var text = new Option<string[]>("--text")
        {
            Description = "File or folder of training text: text, JSON, Parquet, also compressed. Can be repeated.",
            Required = true, AllowMultipleArgumentsPerToken = true,
        };
        var length = new Option<int>("--words")
        {
            Description = $"Number of consecutive words that count as the same text (at least {TextContamination.MinLength}).",
            DefaultValueFactory = _ => 13,
        };
        var context = new Option<bool>("--context")
        {
            Description = "Also search for the contexts of the questions, not only for questions, answers and choices.",
        };
        var rows = new Option<string>("--rows") { Description = "Write the overlap of every row to this JSON Lines file." };
        var json = JsonOutput.CreateOption();
        var command = new Command("contamination", "Find rows of a gold file in training text, by word n-grams.")
        {
            file, text, length, context, rows, json,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            if (parsed.GetValue(length) < TextContamination.MinLength)
                throw new ConfigurationException(
                    $"--words is {parsed.GetValue(length)}; it must be at least {TextContamination.MinLength}, because shorter "
                        + "sequences of words occur everywhere.");
            var gold = GoldFile.Read(parsed.GetRequiredValue(file), Refusal.DefaultText);
            var search = new TextContamination(parsed.GetValue(length));
            foreach (var row in gold) search.AddRow(GetTexts(row, parsed.GetValue(context)));
            string[] files = [.. parsed.GetRequiredValue(text).SelectMany(FindFiles)];
            display.RunWithProgress("Searching", report =>
            {
                foreach (var (i, at) in files.Index())
                {
                    search.SearchFile(at, cancellationToken);
                    report((double)(i + 1) / files.Length, Format.Invariant($"{i + 1}/{files.Length}"));
                }
                return 0;
            });
            if (parsed.GetValue(rows) is { } output) ContaminationFile.WriteRows(output, gold, search.Rows);
            if (parsed.GetValue(json)) ContaminationFile.WriteSummary(display.Output, parsed.GetRequiredValue(file), search.Rows);
            else Write(display, gold, search.Rows);
            return Task.FromResult((int)ExitCode.Success);
        });
        return command;
    }

    private static void Write(Display display, IReadOnlyList<GoldRow> gold, IReadOnlyList<RowContamination> rows)
    {
        var checkedRows = rows.Count(row => !row.IsTooShort);
        var hit = rows.Count(row => row.IsContaminated);
        display.WriteLine(
            $"{Format.Count(hit)} of {Format.Count(checkedRows, "row")} share words with the training text "
                + $"({Format.Percent(checkedRows == 0 ? 0 : (double)hit / checkedRows)}); "
                + $"{Format.Count(rows.Sum(row => row.Found))} of {Format.Count(rows.Sum(row => row.NGrams), "n-gram")}.");
        if (rows.Count > checkedRows)
            display.WriteLine(
                $"{Format.Count(rows.Count - checkedRows, "row is", "rows are")} shorter than {TextContamination.MinLength} "
                    + "words: too short to judge.");
        if (hit == 0) return;
        display.WriteTable(
            ["row", "n-grams found", "of", "question"],
            rows.Zip(gold).Where(pair => pair.First.IsContaminated)
                .OrderByDescending(pair => (double)pair.First.Found / pair.First.NGrams).Take(Shown)
                .Select(pair => (IReadOnlyList<string>)
                [
                    Path.GetFileName(pair.Second.Location), Format.Count(pair.First.Found), Format.Count(pair.First.NGrams),
                    Shorten(pair.Second.Question),
                ]));
        if (hit > Shown) display.WriteLine($"The {Shown} most affected of {Format.Count(hit)} rows; --rows FILE writes all.");
    }

    private static IEnumerable<string> GetTexts(GoldRow row, bool withContext) =>
        [row.Question, .. row.References, .. row.Choices, .. withContext ? row.Context : []];

    private static IEnumerable<string> FindFiles(string path)
    {
        if (File.Exists(path)) return [path];
        if (!Directory.Exists(path))
            throw new FileNotFoundException($"The training text {path} does not exist. Give a file or a folder.", path);
        string[] files =
            [.. Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        return files.Length > 0 ? files : throw new InvalidDataException($"The folder {path} has no file.");
    }

    private static string Shorten(string question)
    {
        var line = question.ReplaceLineEndings(" ");
        return line.Length <= 60 ? line : string.Concat(line.EnumerateRunes().Take(59).Select(rune => rune.ToString())) + "…";
    }
}
