namespace TurkishLlm.Files;

/// <summary>
/// Writes folders atomically: a process killed at any byte leaves either the old folder or the new one. <see cref="Recover"/>,
/// called at the next start, removes leftovers.
/// </summary>
/// <remarks>
/// The new folder is written beside the old one as <c>NAME.partial</c>, flushed to the disk, and renamed. Just before, the old
/// folder is renamed to <c>NAME.replaced</c>; if the process dies between the two renames, <see cref="Recover"/> renames it back.
/// </remarks>
public static class AtomicDirectory
{
    private const string Partial = ".partial";
    private const string Replaced = ".replaced";

    /// <summary>Writes a folder, replacing an existing one.</summary>
    /// <param name="path">The folder. Missing parents are created.</param>
    /// <param name="writeFiles">Writes the files to the folder it receives. If it throws, nothing has changed.</param>
    /// <param name="rename">Renames a folder (from, to); tests inject failures.</param>
    /// <exception cref="IOException">The disk is full or cannot be written to. The old folder is unchanged.</exception>
    public static void Write(string path, Action<string> writeFiles, Action<string, string>? rename = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(writeFiles);
        rename ??= Directory.Move;
        var given = path;
        path = LinkTarget.Resolve(path);
        var (partial, replaced) = (path + Partial, path + Replaced);
        try
        {
            Delete(partial);
            LinkTarget.CreateDirectory(partial);
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
            if (error is IOException or UnauthorizedAccessException)
                throw new IOException($"Could not write {LinkTarget.Describe(given, path)}: {error.Message}", error);
            throw;
        }
    }

    /// <summary>Removes what killed processes left in a folder of folders. No process may be writing to it.</summary>
    /// <returns>Names of the removed folders.</returns>
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

        foreach (var partial in Directory.GetDirectories(parent, "*" + Partial).Order(StringComparer.Ordinal))
            DeleteLeftover(partial, swept);
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

    // The disk has a problem already; leftovers are removed at the next start.
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
