using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace TurkishLlm.Tools.FaultInjection;

/// <summary>A training process and the folder it writes to.</summary>
internal sealed class TrainingProcess : IDisposable
{
    private readonly Process _process;
    private volatile bool _isTraining;

    public TrainingProcess(string[] arguments, string folder)
    {
        Folder = folder;
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) =>
            _isTraining |= line.Data?.StartsWith("step ", StringComparison.Ordinal) ?? false;
        _process.ErrorDataReceived += (_, line) => { if (line.Data is { } text) Console.Error.WriteLine(text); };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Folder { get; }

    /// <summary>The step of the last line of its metrics log.</summary>
    public long LastLoggedStep => ReadLastStep();

    public void WaitForSuccess()
    {
        _process.WaitForExit();
        if (_process.ExitCode != 0) throw new InvalidOperationException($"Training ended with {_process.ExitCode}.");
    }

    public string KillAfter(TimeSpan delay)
    {
        Wait(() => _isTraining, delay);
        return Kill(_isTraining ? "after it started" : "while it starts");
    }

    /// <summary>Kills the process at a fraction of the step that follows the given one.</summary>
    public string KillInStep(long step, double share)
    {
        Wait(() => _isTraining && ReadLastStep() >= step);
        var begun = Stopwatch.GetTimestamp();
        var reached = ReadLastStep();
        Wait(() => ReadLastStep() > reached, TimeSpan.FromSeconds(60));
        Thread.Sleep(share * Stopwatch.GetElapsedTime(begun));
        return Kill(string.Create(CultureInfo.InvariantCulture, $"{share:P0} into a step"));
    }

    /// <summary>Kills the process at a fraction of the first checkpoint that it writes after the given step.</summary>
    public string KillWhileSaving(long step, double share, long bytes)
    {
        Wait(() => _isTraining && ReadLastStep() >= step);
        Wait(() => GetPartialSize() is not null);
        Wait(() => GetPartialSize() is not { } size || size >= share * bytes);
        return Kill(string.Create(CultureInfo.InvariantCulture, $"{share:P0} into a checkpoint"));
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private string Kill(string when)
    {
        var over = _process.HasExited;
        if (!over) _process.Kill();
        _process.WaitForExit();
        return over ? "it had finished" : when;
    }

    private void Wait(Func<bool> until, TimeSpan? most = null)
    {
        var begun = Stopwatch.GetTimestamp();
        while (!_process.HasExited && !until() && (most is null || Stopwatch.GetElapsedTime(begun) < most)) Thread.Sleep(1);
    }

    private long? GetPartialSize()
    {
        try
        {
            var folder = Directory.EnumerateDirectories(Path.Combine(Folder, "checkpoints"), "*.partial").FirstOrDefault();
            return folder is null ? null : Directory.EnumerateFiles(folder).Sum(file => new FileInfo(file).Length);
        }
        catch (IOException)
        {
            return null;      // the folder was renamed in between
        }
    }

    private long ReadLastStep()
    {
        var file = Path.Combine(Folder, "metrics.jsonl");
        if (!File.Exists(file)) return 0;
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        stream.Seek(-Math.Min(stream.Length, 2000), SeekOrigin.End);
        var lines = new StreamReader(stream).ReadToEnd().Split('\n');
        return lines.Length < 2 ? 0 : JsonDocument.Parse(lines[^2]).RootElement.GetProperty("step").GetInt64();
    }
}
