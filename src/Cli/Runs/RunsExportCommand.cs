using System.CommandLine;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Files;
using TurkishLlm.Runs.Logs;

namespace TurkishLlm.Cli.Runs;

/// <summary><c>turkishllm runs export RUN OUTPUT</c></summary>
internal static class RunsExportCommand
{
    public static Command Create(Display display)
    {
        var folder = new Argument<string>("run") { Description = "Run folder, such as runs/toy. It may be in progress." };
        var output = new Argument<string>("output")
        {
            Description = "What to create: a folder for tensorboard, a file for csv. It must not exist.",
        };
        var format = new Option<string>("--format")
        {
            Description = "Export format: tensorboard (an event file with metrics and samples) or csv (a table of metrics).",
            Required = true,
        };
        format.AcceptOnlyFromAmong("csv", "tensorboard");
        var command = new Command("export", "Export the metrics of a run for TensorBoard, or as a CSV table.")
        {
            folder, output, format,
        };
        command.SetAction(parsed =>
        {
            var run = RunFinder.Open(parsed.GetRequiredValue(folder));
            var path = parsed.GetRequiredValue(output);
            if (!MetricsLog.Read(run.MetricsFile).Any())
                throw new InvalidDataException($"The run {run.FullPath} has no steps yet, so there is nothing to export.");
            if (parsed.GetRequiredValue(format) == "tensorboard")
            {
                OutputFolder.ThrowIfNotEmpty(path);
                OtherLogs.WriteTensorBoard(run, path);
                display.WriteLine($"To see it: tensorboard --logdir {Format.ShellQuote(path)}");
            }
            else
            {
                ThrowIfExists(path);
                OtherLogs.WriteCsv(run, path);
            }
            display.WriteSuccess($"→ {Format.RelativePaths(Path.GetFullPath(path))}");
        });
        return command;
    }

    private static void ThrowIfExists(string path)
    {
        var target = LinkTarget.Resolve(path);
        if (Directory.Exists(target)) throw new IOException($"{path} is a folder. Give a file, such as metrics.csv.");
        if (File.Exists(target) && !LinkTarget.IsDevice(target))
            throw new IOException($"{path} already exists. Choose a new file, or delete it.");
    }
}
