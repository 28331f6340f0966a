namespace TurkishLlm.Runs;

/// <summary>
/// Writes folders that are there wholly or not at all. A kill at any byte leaves what was there before, or what was to
/// be there: <see cref="Recover"/>, called at the next start, clears away what lies between.
/// </summary>
/// <remarks>
/// The new folder is written beside the old one as <c>NAME.partial</c>, brought to the disk, and renamed. An old one is
/// renamed to <c>NAME.replaced</c> just before; if the process dies between the two renames, sweeping renames it back.
/// </remarks>
public static class AtomicDirectory
{
    private const string Partial = ".partial";
    private const string Replaced = ".replaced";

    /// <summary>Writes a folder, replacing one that is there.</summary>
    /// <param name="path">Where the folder is to be. Its parent exists.</param>
    /// <param name="writeFiles">Writes the files; gets the folder to write them to. If it throws, nothing has changed.</param>
    /// <param name="rename">What renames a folder, from where to where; a test gives one that fails at a moment of its choice.</param>
    /// <exception cref="IOException">The disk is full or cannot be written to; says for what. The old folder is there still.</exception>
    public static void Write(string path, Action<string> writeFiles, Action<string, string>? rename = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(writeFiles);
        rename ??= Directory.Move;
        path = Path.TrimEndingDirectorySeparator(path);
        var (partial, replaced) = (path + Partial, path + Replaced);
        try
        {
            Delete(partial);
            Directory.CreateDirectory(partial);
            writeFiles(partial);
            DiskSync.FlushTree(partial);

            Delete(replaced);
            if (Directory.Exists(path)) rename(path, replaced);
            rename(partial, path);
            DiskSync.FlushDirectory(Path.GetDirectoryName(path) is { Length: > 0 } parent ? parent : ".");
            TryDelete(replaced);
        }
        catch (Exception error)
        {
            if (!Directory.Exists(path) && Directory.Exists(replaced)) Directory.Move(replaced, path);
            TryDelete(partial);
            if (error is IOException or UnauthorizedAccessException) throw new IOException($"Could not write {path}: {error.Message}", error);
            throw;
        }
    }

    /// <summary>Clears away what a killed process left in a folder of folders. Nobody may be writing there.</summary>
    /// <returns>Names of what was cleared away.</returns>
    public static IReadOnlyList<string> Recover(string parent)
    {
        if (!Directory.Exists(parent)) return [];
        var swept = new List<string>();
        foreach (var replaced in Directory.GetDirectories(parent, "*" + Replaced).Order(StringComparer.Ordinal))
        {
            var path = replaced[..^Replaced.Length];
            if (Directory.Exists(path)) DeleteLeftover(replaced, swept);
            else Directory.Move(replaced, path);
        }

        foreach (var partial in Directory.GetDirectories(parent, "*" + Partial).Order(StringComparer.Ordinal)) DeleteLeftover(partial, swept);
        return swept;
    }

    private static void DeleteLeftover(string folder, List<string> swept)
    {
        Directory.Delete(folder, recursive: true);
        swept.Add(Path.GetFileName(folder));
    }

    private static void Delete(string folder)
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }

    // The disk is in trouble already; what cannot be deleted now is swept at the next start.
    private static void TryDelete(string folder)
    {
        try
        {
            Delete(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
        }
    }
}
