using System.Text;
using TurkishLlm.Files;
using TurkishLlm.Runs;

namespace TurkishLlm.Server.Live;

/// <summary>Identifies the state of a run folder without reading its files.</summary>
internal static class RunStamp
{
    /// <summary>Returns a text that changes with every file that pages show.</summary>
    /// <exception cref="InvalidDataException">A file is a link, which may lead out of the served folder, or a pipe.</exception>
    /// <exception cref="IOException">A file cannot be examined.</exception>
    public static string Read(RunFolder run)
    {
        var stamp = new StringBuilder();
        string[] files =
        [
            run.PlanFile, run.GateFile, run.MetricsFile, run.EventsFile, run.SamplesFile, run.AnswersFile,
            Path.Combine(run.FullPath, "machines.jsonl"),
        ];
        foreach (var file in files.Select(path => new FileInfo(path)))
        {
            if (file.LinkTarget is not null)
                throw new InvalidDataException(
                    $"{file.FullName} is a symbolic link, and links are not followed. Put the file itself there.");
            if (FileIdentity.IsSpecial(file.FullName))
                throw new InvalidDataException($"{file.FullName} is a pipe or a device, not a file. Put the file itself there.");
            stamp.Append(Format(file.Exists ? file.Length : -1, file.Exists ? file.LastWriteTimeUtc.Ticks : 0));
        }
        var checkpoints = new DirectoryInfo(run.CheckpointsFolder);
        return stamp
            .Append(Format(0, checkpoints.Exists ? checkpoints.LastWriteTimeUtc.Ticks : 0))
            .Append(run.IsLocked ? "running" : run.IsAtGate ? "gate" : "")
            .ToString();
    }

    private static string Format(long length, long ticks) => FormattableString.Invariant($"{length}:{ticks} ");
}
