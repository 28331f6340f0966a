using System.CommandLine;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Files;
using TurkishLlm.Synthesis;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Synthesis.Reporting;
using TurkishLlm.Synthesis.Verdicts;

namespace TurkishLlm.Cli.Synthesis;

/// <summary><c>turkishllm synth report</c></summary>
internal static class SynthReportCommand
{
    public static Command Create(Display display)
    {
        var work = SynthCommand.CreateFolderArgument();
        var model = SynthCommand.CreateModelOption();
        var command = new Command(
            "report", "Report pairs and costs, and compare models on the same groups; writes report.html and report.md.")
        {
            work, model,
        };
        command.SetAction(parsed => Run(display, new(parsed.GetRequiredValue(work)), parsed.GetValue(model)));
        return command;
    }

    public static void Run(Display display, SynthesisFolder work, string? model)
    {
        var (chunks, blueprint) = work.Open();
        var journal = JournalState.Read(work.Journal);
        var statistics = SynthesisMetrics.Measure(blueprint, chunks, journal, Review.Create(blueprint, chunks, journal, model));
        var pilot = PilotComparison.Compare(blueprint, chunks, journal);
        var name = SystemDescription.FindName(chunks) is { Length: > 0 } root
            ? root
            : Path.GetFileName(Path.TrimEndingDirectorySeparator(work.Location));
        AtomicFile.WriteAllText(work.ReportText, SynthReportText.Render(name, statistics, pilot));
        AtomicFile.WriteAllText(work.ReportPage, SynthReportPage.Render(name, statistics, pilot));

        display.WriteTable(SynthReportText.RuleHeadings, SynthReportText.RuleRows(statistics));
        display.WriteLine(SynthReportText.Summary(statistics));
        if (pilot is not null)
        {
            display.WriteHeading(
                $"{Format.Count(pilot.Results.Count, "model")} on the same " + $"{Format.Count(pilot.Groups.Count, "group")}");
            display.WriteTable(SynthReportText.PilotHeadings, SynthReportText.PilotRows(pilot));
        }
        display.WriteLine($"→ {Format.RelativePaths(work.ReportPage)}, {Format.RelativePaths(work.ReportText)}");
    }
}
