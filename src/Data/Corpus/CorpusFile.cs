namespace TurkishLlm.Data.Corpus;

/// <summary>A text file of a corpus.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Name">Its path inside its source, with forward slashes: the same on every machine.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Source">Number of its source, from 0.</param>
internal sealed record CorpusFile(string Path, string Name, long Bytes, int Source = 0)
{
    // A file that cannot be read must be an error, so inaccessible ones are not skipped.
    // Hidden ones are: editors and systems leave them.
    private static readonly EnumerationOptions TextFiles = new()
    {
        RecurseSubdirectories = true,
        IgnoreInaccessible = false,
        MatchCasing = MatchCasing.CaseInsensitive,
    };

    /// <summary>The files of all sources, in the order of the sources and then of <see cref="List(string)"/>.</summary>
    public static IReadOnlyList<CorpusFile> List(IReadOnlyList<CorpusSource> sources) =>
        [.. sources.SelectMany((source, i) => List(source.Path).Select(file => file with { Source = i }))];

    /// <summary>The files of a source in ordinal order of their names.</summary>
    public static IReadOnlyList<CorpusFile> List(string fileOrDirectory)
    {
        if (File.Exists(fileOrDirectory)) return [Create(fileOrDirectory, System.IO.Path.GetFileName(fileOrDirectory))];
        if (!Directory.Exists(fileOrDirectory))
            throw new DirectoryNotFoundException(
                $"The corpus {fileOrDirectory} does not exist. Give a UTF-8 text file, or a directory that holds *.txt files.");

        var files = Directory.EnumerateFiles(fileOrDirectory, "*.txt", TextFiles)
            .Select(path => Create(path, System.IO.Path.GetRelativePath(fileOrDirectory, path).Replace('\\', '/')))
            .OrderBy(file => file.Name, StringComparer.Ordinal)
            .ToArray();
        if (files.Length == 0)
            throw new FileNotFoundException(
                $"The corpus directory {fileOrDirectory} holds no *.txt file. "
                + "Put UTF-8 text files there, with blank lines between documents, or give another directory.");
        return files;
    }

    // The length of what would be read: of a link, FileInfo tells the length of the link.
    private static CorpusFile Create(string path, string name)
    {
        using var file = File.OpenHandle(path);
        return new(path, name, RandomAccess.GetLength(file));
    }
}
