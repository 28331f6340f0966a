namespace TurkishLlm.Data;

/// <summary>A text file of a corpus.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Name">Its path inside the corpus, with forward slashes: the same on every machine.</param>
/// <param name="Bytes">Its length.</param>
internal sealed record CorpusFile(string Path, string Name, long Bytes)
{
    // A file that cannot be read must be an error, so inaccessible ones are not skipped.
    // Hidden ones are: editors and systems leave them.
    private static readonly EnumerationOptions TextFiles = new()
    {
        RecurseSubdirectories = true,
        IgnoreInaccessible = false,
        MatchCasing = MatchCasing.CaseInsensitive,
    };

    /// <summary>The files of a corpus in ordinal order of their names.</summary>
    public static IReadOnlyList<CorpusFile> List(string fileOrDirectory)
    {
        if (File.Exists(fileOrDirectory)) return [Of(fileOrDirectory, System.IO.Path.GetFileName(fileOrDirectory))];
        if (!Directory.Exists(fileOrDirectory))
            throw new DirectoryNotFoundException(
                $"The corpus {fileOrDirectory} does not exist. Give a UTF-8 text file, or a directory that holds *.txt files.");

        var files = Directory.EnumerateFiles(fileOrDirectory, "*.txt", TextFiles)
            .Select(path => Of(path, System.IO.Path.GetRelativePath(fileOrDirectory, path).Replace('\\', '/')))
            .OrderBy(file => file.Name, StringComparer.Ordinal)
            .ToArray();
        if (files.Length == 0)
            throw new FileNotFoundException(
                $"The corpus directory {fileOrDirectory} holds no *.txt file. "
                + "Put UTF-8 text files there, with blank lines between documents, or give another directory.");
        return files;
    }

    // The length of what would be read: of a link, FileInfo tells the length of the link.
    private static CorpusFile Of(string path, string name)
    {
        using var file = File.OpenHandle(path);
        return new(path, name, RandomAccess.GetLength(file));
    }
}
