namespace TurkishLlm.Runs;

/// <summary>Finds run folders.</summary>
public static class RunSearch
{
    private static readonly EnumerationOptions Subfolders = new()
    {
        IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint,
    };

    /// <summary>
    /// Finds all run folders at or below a folder. Does not search inside runs, in hidden folders or through symbolic links.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="withGates">True to find folders of new runs that wait for their gate, too; they have no plan yet.</param>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    public static IEnumerable<RunFolder> FindAll(string folder, bool withGates = false) => Directory.Exists(folder)
        ? EnumerateRunPaths(folder, withGates).Where(Directory.Exists).Select(RunFolder.OpenExisting)
        : throw new DirectoryNotFoundException($"The folder {folder} does not exist.");

    /// <summary>Returns the time of the last write to a run; the earliest time if the run has been deleted.</summary>
    public static DateTimeOffset GetLastWriteTime(RunFolder run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return new[] { run.MetricsFile, run.PlanFile }
            .Where(File.Exists)
            .Select(file => new DateTimeOffset(File.GetLastWriteTimeUtc(file)))
            .DefaultIfEmpty(DateTimeOffset.MinValue)
            .Max();
    }

    private static IEnumerable<string> EnumerateRunPaths(string folder, bool withGates)
    {
        if (File.Exists(Path.Combine(folder, "plan.yaml"))) return [folder];
        if (withGates && RunFolder.IsGateOpening(folder)) return [folder];
        return GetSubfolders(folder)
            .Where(below => !Path.GetFileName(below).StartsWith('.'))
            .SelectMany(below => EnumerateRunPaths(below, withGates));
    }

    private static string[] GetSubfolders(string folder)
    {
        try
        {
            return Directory.GetDirectories(folder, "*", Subfolders);
        }
        catch (DirectoryNotFoundException)
        {
            return [];      // deleted since its parent was read
        }
    }
}
