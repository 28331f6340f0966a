using System.CommandLine;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Data.RowChecks;

namespace TurkishLlm.Cli.Data;

/// <summary><c>turkishllm data check FILE…</c>: checks fine-tuning rows as a set.</summary>
internal static class DataCheckCommand
{
    private static readonly (string Name, RowFinding Finding)[] Findings =
    [
        ("duplicates", RowFinding.Duplicate), ("near-duplicates", RowFinding.NearDuplicate),
        ("contradictions", RowFinding.Contradiction), ("length-outliers", RowFinding.LengthOutlier),
        ("language-outliers", RowFinding.LanguageOutlier),
    ];

    public static Command Create(Display display)
    {
        var standard = new RowCheckOptions([]);
        var files = new Argument<string[]>("files")
        {
            Description = "Files of conversations, in any supported format.", Arity = ArgumentArity.OneOrMore,
        };
        var question = DecimalOption.Create(
            "--question-similarity", "Smallest similarity of matching questions, by letter trigrams, 0.5 … 1.",
            standard.QuestionSimilarity);
        var answer = DecimalOption.Create(
            "--answer-similarity", "Similarity from which answers say the same, by letter trigrams, 0.5 … 1.",
            standard.AnswerSimilarity);
        var turkish = DecimalOption.Create(
            "--min-turkish-score", "Report rows with a lower Turkish score (-1 = none).", standard.MinimumTurkish);
        var input = new Option<bool>("--input-is-context")
        {
            Description = "Read the input field of Alpaca rows as retrieved context.",
        };
        var invalid = new Option<bool>("--skip-invalid") { Description = "Skip and count invalid rows instead of stopping." };
        var show = new Option<int>("--show")
        {
            Description = "Number of contradictions to print (0 = none).", DefaultValueFactory = _ => 5,
        };
        var output = new Option<string>("--output", "-o")
        {
            Description = "Write the cleaned rows and removed.jsonl to this folder (default: only report).",
        };
        var remove = new Option<string[]>("--remove")
        {
            Description = $"What --output removes: {string.Join(", ", Findings.Select(finding => finding.Name))}, or none.",
            DefaultValueFactory = _ => ["duplicates", "near-duplicates"],
            AllowMultipleArgumentsPerToken = true,
            HelpName = "findings",
        };
        remove.AcceptOnlyFromAmong([.. Findings.Select(finding => finding.Name), "none"]);
        var pii = PersonalDataOption.Create("rows");
        var ip = new Option<bool>("--pii-ip-addresses") { Description = "Treat IPv4 addresses as personal data." };
        var json = JsonOutput.CreateOption();
        var command = new Command(
            "check", "Check fine-tuning rows as a set: repeated rows, contradictions, diversity, outliers, personal data.")
        {
            files, question, answer, turkish, input, invalid, show, output, remove, pii, ip, json,
        };
        command.Validators.Add(parsed =>
        {
            foreach (var option in (Option[])[remove, pii])
                if (parsed.GetResult(option) is { Implicit: false } && parsed.GetResult(output) is null)
                    parsed.AddError($"{option.Name} changes what --output writes. Add --output FOLDER.");
            if (parsed.GetValue(show) < 0) parsed.AddError($"--show is {parsed.GetValue(show)}; it must be 0 or more.");
        });
        command.SetAction((parsed, cancellationToken) =>
        {
            var removed = parsed.GetRequiredValue(remove);
            var options = new RowCheckOptions(parsed.GetRequiredValue(files))
            {
                QuestionSimilarity = parsed.GetValue(question),
                AnswerSimilarity = parsed.GetValue(answer),
                MinimumTurkish = parsed.GetValue(turkish),
                InputIsContext = parsed.GetValue(input),
                SkipInvalid = parsed.GetValue(invalid),
                PersonalData = PersonalDataOption.Read(parsed, pii),
                FindIpAddresses = parsed.GetValue(ip),
                Removed = [.. Findings.Where(finding => removed.Contains(finding.Name)).Select(finding => finding.Finding)],
            };
            Run(
                display, options, parsed.GetValue(output), parsed.GetValue(show), parsed.GetValue(json), cancellationToken);
            return Task.CompletedTask;
        });
        return command;
    }

    private static void Run(
        Display display, RowCheckOptions options, string? output, int shown, bool json, CancellationToken cancellationToken)
    {
        var report = json
            ? RowCheck.Run(options, progress: null, cancellationToken)
            : display.RunWithProgress("Rows", progress => RowCheck.Run(
                options, (files, rows) => progress((double)files / options.Files.Count, Format.Count(rows, "row")),
                cancellationToken));
        var written = output is null ? null : ((int Kept, int Removed)?)RowCleaner.Write(output, report, options);
        if (json)
        {
            JsonOutput.Write(display.Output, RowCheckText.CreateJson(report, written));
            return;
        }
        RowCheckText.Write(display, report, shown);
        if (written is { } rows)
            display.WriteLine(
                $"{Format.Count(rows.Kept, "row")} kept, {Format.Count(rows.Removed)} removed → {Format.RelativePaths(output!)}");
    }
}
