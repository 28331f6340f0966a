using TurkishLlm.Training;

namespace TurkishLlm.Cli;

/// <summary>Looks for run folders.</summary>
internal static class FoundRuns
{
    /// <summary>Every run folder at or below a folder, the one that was written to last first. What lies within a run is not looked at.</summary>
    public static IReadOnlyList<RunFolder> Below(string folder) =>
        [.. Find(folder).Select(RunFolder.Existing).OrderByDescending(Changed).ThenBy(run => run.FullPath, StringComparer.Ordinal)];

    /// <summary>When a run was last written to.</summary>
    public static DateTimeOffset Changed(RunFolder run) =>
        new[] { run.MetricsFile, run.PlanFile }.Where(File.Exists).Select(file => new DateTimeOffset(File.GetLastWriteTimeUtc(file))).Max();

    private static IEnumerable<string> Find(string folder)
    {
        if (File.Exists(Path.Combine(folder, "plan.yaml"))) return [folder];
        return Directory.EnumerateDirectories(folder, "*", new EnumerationOptions { IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint })
            .Where(below => !Path.GetFileName(below).StartsWith('.')).SelectMany(Find);
    }
}
