using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace TurkishLlm.Bench;

/// <summary>What a program did.</summary>
/// <param name="Output">What it printed.</param>
/// <param name="WallSeconds">Seconds by the clock.</param>
/// <param name="CpuSeconds">Seconds of processors, to a twentieth.</param>
/// <param name="PeakBytes">Most memory it had.</param>
internal sealed record ProcessResult(string Output, double WallSeconds, double CpuSeconds, long PeakBytes);

/// <summary>Programs to compare with, and our own in a process of its own.</summary>
internal static class BenchmarkProcess
{
    /// <summary>True when a program is installed.</summary>
    public static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>Runs a program to its end.</summary>
    /// <param name="onOneCore">Keeps it on the last core of this machine.</param>
    /// <param name="commandLine">The program and its arguments.</param>
    public static ProcessResult Run(bool onOneCore, params string[] commandLine)
    {
        if (onOneCore)
            commandLine =
            [
                "taskset", "-c", (Environment.ProcessorCount - 1).ToString(CultureInfo.InvariantCulture), .. commandLine,
            ];
        var started = Stopwatch.GetTimestamp();
        using var process = Process.Start(
            new ProcessStartInfo(commandLine[0], commandLine[1..]) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        var output = process.StandardOutput.ReadToEndAsync();
        var (cpu, peak) = (0.0, 0L);
        while (!process.WaitForExit(50))
        {
            try
            {
                process.Refresh();
                (cpu, peak) = (process.TotalProcessorTime.TotalSeconds, Math.Max(peak, process.PeakWorkingSet64));
            }
            catch (Exception error) when (error is InvalidOperationException or Win32Exception)
            {
                // It ended just now.
            }
        }
        var wall = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return process.ExitCode == 0
            ? new(output.Result, wall, cpu, peak)
            : throw new InvalidOperationException(
                $"{string.Join(' ', commandLine)} ended with {process.ExitCode}: {output.Result}");
    }

    /// <summary>The words that start this program again: itself where it was published, else by <c>dotnet</c>.</summary>
    public static string[] Self { get; } =
        Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) != "dotnet"
        ? [host]
        : ["dotnet", typeof(BenchmarkProcess).Assembly.Location];

    /// <summary>Runs a benchmark of ours in a process of its own.</summary>
    public static ProcessResult RunSelf(bool onOneCore, params string[] words) =>
        Run(onOneCore, [.. Self, .. words]);

    /// <summary>Runs a benchmark of ours in a process of its own, with words before it that set up its surroundings.</summary>
    public static ProcessResult RunSelf(string[] before, params string[] words) =>
        Run(onOneCore: false, [.. before, .. Self, .. words]);

    /// <summary>Median and range, such as <c>5.2 (4.9 … 6.1)</c>.</summary>
    public static string FormatSpread(IEnumerable<double> values, string format = "0.0")
    {
        var sorted = values.Order().ToArray();
        return string.Create(CultureInfo.InvariantCulture,
            $"{sorted[sorted.Length / 2].ToString(format, CultureInfo.InvariantCulture)} ("
                + $"{sorted[0].ToString(format, CultureInfo.InvariantCulture)} … "
                + $"{sorted[^1].ToString(format, CultureInfo.InvariantCulture)})");
    }

    /// <summary>The machine, in a line.</summary>
    public static string DescribeMachine()
    {
        var model = File.ReadLines("/proc/cpuinfo")
            .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
            ?.Split(": ")[^1];
        var load = File.ReadAllText("/proc/loadavg").Split(' ')[0];
        return $"{model}, {Environment.ProcessorCount} cores, .NET {Environment.Version}, load at the start {load}";
    }
}
