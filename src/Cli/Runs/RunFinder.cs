using TurkishLlm.Cli.Options;
using TurkishLlm.Runs;
using TurkishLlm.Training.Checkpoints;

namespace TurkishLlm.Cli.Runs;

/// <summary>Finds run folders.</summary>
internal static class RunFinder
{
    /// <summary>Opens the run folder at a path, with or without a checkpoint.</summary>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="InvalidDataException">The folder is not a run; the message suggests a nearby one.</exception>
    public static RunFolder Open(string path)
    {
        if (FindRun(path) is { } run) return run;
        if (File.Exists(path)) throw new InvalidDataException($"{path} is a file. Give a run folder, such as runs/toy.");
        if (!Directory.Exists(path))
            throw new DirectoryNotFoundException($"The run folder {path} does not exist.{ModelPath.SuggestRun(path)}");
        throw new InvalidDataException(
            $"{path} is not a run folder: it has no plan.yaml."
                + (FindAll(path) is [var near, ..]
                    ? $" Did you mean {near.FullPath}?"
                    : " Give a folder written by `turkishllm train`.")
        );
    }

    /// <summary>Finds all run folders at or below a folder, most recently written first. Does not search inside runs.</summary>
    public static IReadOnlyList<RunFolder> FindAll(string folder) =>
        [
            .. RunSearch.FindAll(folder)
                .OrderByDescending(RunSearch.GetLastWriteTime)
                .ThenBy(run => run.FullPath, StringComparer.Ordinal),
        ];

    /// <summary>
    /// Returns the run that a path means: its folder, one of its files or one of its checkpoints; null for other paths.
    /// </summary>
    public static RunFolder? FindRun(string path)
    {
        var folder = Checkpoint.ResolvePath(path);
        if (File.Exists(Path.Combine(folder, "state.json")))
        {
            var parent = Path.GetDirectoryName(Path.GetFullPath(Path.TrimEndingDirectorySeparator(folder)))!;
            folder = RunFolder.ResolvePath(parent);
        }
        return File.Exists(Path.Combine(folder, "plan.yaml")) ? RunFolder.OpenExisting(folder) : null;
    }
}
