using System.CommandLine;
using TurkishLlm.Synthesis;

namespace TurkishLlm.Cli.Commands;

/// <summary><c>turkishllm synth report</c></summary>
internal static class SynthReportCommand
{
    public static Command Create(Display display)
    {
        var work = SynthCommand.Work();
        var model = new Option<string>("--model") { Description = "Whose replies; without it, the latest to each group." };
        var command = new Command("report", "Counts pairs and costs, and compares models that answered the same groups: report.html and report.md. Example: turkishllm synth report synth/erp") { work, model };
        command.SetAction(parsed => Run(display, new(parsed.GetRequiredValue(work)), parsed.GetValue(model)));
        return command;
    }

    public static void Run(Display display, SynthesisFolder work, string? model)
    {
        var (chunks, blueprint) = work.Open();
        var journal = JournalState.Read(work.Journal);
        var statistics = SynthesisStatistics.Of(blueprint, chunks, journal, Review.Of(blueprint, chunks, journal, model));
        var pilot = PilotComparison.Of(blueprint, chunks, journal);
        var name = SystemDescription.NameOf(chunks) is { Length: > 0 } root ? root : Path.GetFileName(Path.TrimEndingDirectorySeparator(work.Location));
        File.WriteAllText(work.ReportText, SynthReportText.Write(name, statistics, pilot));
        File.WriteAllText(work.ReportPage, SynthReportPage.Write(name, statistics, pilot));

        display.Table(SynthReportText.RuleHeadings, SynthReportText.RuleRows(statistics));
        display.Line(SynthReportText.Summary(statistics));
        if (pilot is not null)
        {
            display.Heading($"{Show.Count(pilot.Results.Count, "model")} on the same {Show.Count(pilot.Groups.Count, "group")}");
            display.Table(SynthReportText.PilotHeadings, SynthReportText.PilotRows(pilot));
        }
        display.Line($"→ {Show.RelativePaths(work.ReportPage)}, {Show.RelativePaths(work.ReportText)}");
    }
}
