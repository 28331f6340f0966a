using System.CommandLine;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Cli.Training;
using TurkishLlm.Model;
using TurkishLlm.Monitoring;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;

namespace TurkishLlm.Cli.Runs;

/// <summary><c>turkishllm runs list | show | compare | serve | export | cost</c></summary>
internal static class RunsCommand
{
    public static Command Create(Display display) =>
        new("runs", "List, watch, compare and export training runs, and sum their cost.")
        {
            CreateList(display), CreateShow(display), RunsCompareCommand.Create(display), RunsServeCommand.Create(display),
            RunsExportCommand.Create(display), RunsCostCommand.Create(display),
        };

    private static Command CreateList(Display display)
    {
        var folder = new Argument<string>("folder")
        {
            Description = "Folder to search, with its subfolders.", DefaultValueFactory = _ => "runs",
        };
        var json = JsonOutput.CreateLinesOption("run");
        var command = new Command("list", "List the runs below a folder, newest first.") { folder, json };
        command.SetAction(parsed =>
            List(display, parsed.GetRequiredValue(folder), parsed.GetValue(json), TimeProvider.System));
        return command;
    }

    private static void List(Display display, string folder, bool json, TimeProvider time)
    {
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException(
                $"The folder {folder} does not exist. Give the folder of your runs: {display.Program} runs list FOLDER");
        var runs = RunFinder.FindAll(folder);
        if (json)
        {
            foreach (var run in runs) WriteJson(display, run, GetName(run, folder));
            return;
        }
        if (runs.Count == 0)
        {
            display.WriteLine($"No runs found in {folder}. Start one: {display.Program} train configs/toy.yaml");
            return;
        }
        display.WriteTable(
            ["run", "state", "step", "loss", "validation", "bits/byte", "age"],
            runs.Select(run => Row(run, folder, time)));
    }

    private static IReadOnlyList<string> Row(RunFolder folder, string root, TimeProvider time)
    {
        var name = GetName(folder, root);
        var age = Format.Duration(Math.Max(0, (time.GetUtcNow() - RunSearch.GetLastWriteTime(folder)).TotalSeconds));
        try
        {
            var run = RunRecord.Read(folder);
            var held = run.Progress.LastValidation;
            return
            [
                name,
                run.State.Describe() + (run.Progress.Divergence is null ? "" : ", diverging"),
                $"{Format.Count(run.LastStep)}/{Format.Count(run.Plan.Training.Steps)}",
                Number(run.Progress.SmoothedLoss, "F4"),
                Number(held?.ValidationLoss, "F4"), Number(held?.ValidationBitsPerByte, "F3"), age,
            ];
        }
        catch (Exception error) when (error is ConfigurationException or InvalidDataException or IOException)
        {
            return [name, "unreadable", "", "", "", "", age];
        }
    }

    private static void WriteJson(Display display, RunFolder folder, string name)
    {
        try
        {
            RunJson.WriteLine(display.Output, name, RunRecord.Read(folder));
        }
        catch (Exception error) when (error is ConfigurationException or InvalidDataException or IOException)
        {
            JsonOutput.WriteLine(
                display.Output, new { Name = name, Folder = folder.FullPath, State = "unreadable", Error = error.Message });
        }
    }

    private static string GetName(RunFolder folder, string root) => Path.GetRelativePath(root, folder.FullPath) is "."
        ? folder.FullPath
        : Path.GetRelativePath(root, folder.FullPath);

    private static string Number(double? value, string format) =>
        value is { } number && double.IsFinite(number)
            ? number.ToString(format, System.Globalization.CultureInfo.InvariantCulture)
            : "–";

    private static Command CreateShow(Display display)
    {
        var run = new Argument<string>("run") { Description = "Run folder, such as runs/toy." };
        var html = HtmlFile.CreateOption(
            "Write a report of the current state to this HTML file; works while the run is in progress.");
        var json = JsonOutput.CreateOption();
        var command = new Command("show", "Show the progress, diagnosis and events of a run.") { run, html, json };
        command.SetAction(parsed =>
        {
            var record = RunRecord.Read(RunFinder.Open(parsed.GetRequiredValue(run)));
            if (!parsed.GetValue(json))
            {
                ShowRun(display, record, parsed.GetValue(html));
                return;
            }
            var quiet = new Display(TextWriter.Null, display.Program);
            HtmlFile.Write(quiet, parsed.GetValue(html), () => RunReport.RenderHtml(record));
            RunJson.Write(display.Output, parsed.GetRequiredValue(run), record);
        });
        return command;
    }

    private static void ShowRun(Display display, RunRecord run, string? html)
    {
        display.WriteHeading($"{run.Plan.Name}: {run.State.Describe()}");
        display.WriteTable(
            ["name", "value"],
            [.. RunFacts.All.Select(fact => (IReadOnlyList<string>)[fact.Name, fact.Value(run)])]);
        if (run.Machines is [.., var machine])
            display.WriteLine(
                $"on {(machine.Name.Length > 0 ? machine.Name : machine.Device)}, libtorch {machine.Libtorch}"
                    + $"{(machine.Peak is { } peak ? $", peak {peak}" : "")}");
        display.WriteHeading("Diagnosis");
        RunSummary.WriteFindings(display, run.Findings);
        if (run.Events.Count > 0)
        {
            display.WriteHeading($"Events: {Format.Count(run.Events.Count)}, most recent last");
            display.WriteTable(
                ["step", "event", "message"],
                run.Events.TakeLast(10)
                    .Select(e => (IReadOnlyList<string>)[Format.Count(e.Step), e.Describe(), Format.RelativePaths(e.Message)]));
        }
        display.WriteLine();
        if (html is not null) HtmlFile.Write(display, html, () => RunReport.RenderHtml(run));
        else if (File.Exists(run.Folder.ReportFile)) display.WriteLine($"Report: {Format.RelativePaths(run.Folder.ReportFile)}");
        if (run.State == RunState.Interrupted)
            display.WriteLine(
                ResumeAdvice.Get(run.Folder, run.Plan, run.Progress.Divergence, $"{display.Program} train"));
    }
}
