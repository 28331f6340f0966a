using System.CommandLine;
using TurkishLlm.Model;
using TurkishLlm.Training;

namespace TurkishLlm.Cli.Commands;

/// <summary><c>turkishllm runs list | show | compare</c></summary>
internal static class RunsCommand
{
    public static Command Create(Display display) => new("runs", "Looks at runs.") { CreateList(display), CreateShow(display), RunsCompareCommand.Create(display) };

    private static Command CreateList(Display display)
    {
        var folder = new Argument<string>("folder") { Description = "Where to look, at any depth.", DefaultValueFactory = _ => "runs" };
        var command = new Command("list", "Lists the runs below a folder, the newest first. Example: turkishllm runs list runs") { folder };
        command.SetAction(parsed => List(display, parsed.GetRequiredValue(folder), TimeProvider.System));
        return command;
    }

    private static void List(Display display, string folder, TimeProvider time)
    {
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"There is no folder {folder} to look for runs in. Give one: {display.Program} runs list FOLDER");
        var runs = FoundRuns.Below(folder);
        if (runs.Count == 0)
        {
            display.Line($"There is no run below {folder}. Train one: {display.Program} train configs/toy.yaml");
            return;
        }
        display.Table(["run", "state", "step", "loss", "validation", "bits/byte", "age"], runs.Select(run => Row(run, folder, time)));
    }

    private static IReadOnlyList<string> Row(RunFolder folder, string root, TimeProvider time)
    {
        var name = Path.GetRelativePath(root, folder.FullPath) is "." ? folder.FullPath : Path.GetRelativePath(root, folder.FullPath);
        var age = Show.Time(Math.Max(0, (time.GetUtcNow() - FoundRuns.Changed(folder)).TotalSeconds));
        try
        {
            var run = RunRecord.Read(folder);
            var held = run.Progress.LastValidation;
            return
            [
                name, run.State.ToString().ToLowerInvariant(), $"{Show.Count(run.Reached)}/{Show.Count(run.Plan.Training.Steps)}",
                Number(run.Progress.SmoothedLoss, "F4"), Number(held?.ValidationLoss, "F4"), Number(held?.ValidationBitsPerByte, "F3"), age,
            ];
        }
        catch (Exception error) when (error is ConfigurationException or InvalidDataException or IOException)
        {
            return [name, "cannot be read", "", "", "", "", age];
        }
    }

    private static string Number(double? value, string format) =>
        value is { } number && double.IsFinite(number) ? number.ToString(format, System.Globalization.CultureInfo.InvariantCulture) : "–";

    private static Command CreateShow(Display display)
    {
        var run = new Argument<string>("run") { Description = "A run folder, such as runs/toy." };
        var html = new Option<string>("--html") { Description = "Writes the report as it is now, of a run that is going on too." };
        var command = new Command("show", "Says where a run is, what its curves say and what happened in it. Example: turkishllm runs show runs/toy") { run, html };
        command.SetAction(parsed => ShowRun(display, RunRecord.Read(FoundRuns.At(parsed.GetRequiredValue(run))), parsed.GetValue(html)));
        return command;
    }

    private static void ShowRun(Display display, RunRecord run, string? html)
    {
        display.Heading($"{run.Plan.Name}: {run.State.ToString().ToLowerInvariant()}");
        display.Table(["what", "value"], [.. RunFacts.All.Select(fact => (IReadOnlyList<string>)[fact.Name, fact.Value(run)])]);
        if (run.Machines is [.., var machine])
            display.Line($"on {(machine.Name.Length > 0 ? machine.Name : machine.Device)}, libtorch {machine.Libtorch}{(machine.Peak is { } peak ? $", peak {peak}" : "")}");
        display.Heading("Diagnosis");
        RunSummary.Findings(display, run.Findings);
        if (run.Events.Count > 0)
        {
            display.Heading($"Events: {Show.Count(run.Events.Count)}, the last of them");
            display.Table(["step", "event", "what"], run.Events.TakeLast(10).Select(e => (IReadOnlyList<string>)[Show.Count(e.Step), e.InWords(), Show.RelativePaths(e.Message)]));
        }
        display.Line();
        if (html is not null)
        {
            File.WriteAllText(html, RunReport.Html(run));
            display.Line($"→ {html}");
        }
        else if (File.Exists(run.Folder.ReportFile)) display.Line($"Report: {Show.RelativePaths(run.Folder.ReportFile)}");
        if (run.State == RunState.Interrupted) display.Line($"Go on with: {display.Program} train {Show.Word(run.Folder.PlanFile)} --resume auto");
    }
}
