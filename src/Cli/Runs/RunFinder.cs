using TurkishLlm.Cli.Options;
using TurkishLlm.Runs;

namespace TurkishLlm.Cli.Runs;

/// <summary>Looks for run folders.</summary>
internal static class RunFinder
{
    /// <summary>The run folder at a path, whether or not it has a checkpoint.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">The folder holds no run; says where one is near.</exception>
    public static RunFolder Open(string path)
    {
        if (File.Exists(path)) throw new InvalidDataException($"{path} is a file. Give a run folder, such as runs/toy.");
        if (!Directory.Exists(path)) throw new DirectoryNotFoundException($"There is no run folder {path}.{ModelPath.SuggestRun(path)}");
        if (File.Exists(Path.Combine(path, "plan.yaml"))) return RunFolder.OpenExisting(path);
        throw new InvalidDataException($"{path} is not a run folder: it has no plan.yaml.{(FindAll(path) is [var near, ..] ? $" Did you mean {near.FullPath}?" : " Give one that `turkishllm train` wrote.")}");
    }

    /// <summary>Every run folder at or below a folder, the one that was written to last first. What lies within a run is not looked at.</summary>
    public static IReadOnlyList<RunFolder> FindAll(string folder) =>
        [.. EnumerateRunPaths(folder).Select(RunFolder.OpenExisting).OrderByDescending(GetLastWriteTime).ThenBy(run => run.FullPath, StringComparer.Ordinal)];

    /// <summary>When a run was last written to.</summary>
    public static DateTimeOffset GetLastWriteTime(RunFolder run) =>
        new[] { run.MetricsFile, run.PlanFile }.Where(File.Exists).Select(file => new DateTimeOffset(File.GetLastWriteTimeUtc(file))).Max();

    private static IEnumerable<string> EnumerateRunPaths(string folder)
    {
        if (File.Exists(Path.Combine(folder, "plan.yaml"))) return [folder];
        return Directory.EnumerateDirectories(folder, "*", new EnumerationOptions { IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint })
            .Where(below => !Path.GetFileName(below).StartsWith('.')).SelectMany(EnumerateRunPaths);
    }
}
