namespace TurkishLlm.Data.Corpus;

/// <summary>A text file of a corpus.</summary>
/// <param name="Path">Path of the file.</param>
/// <param name="Name">Path within its source, with forward slashes: the same on every machine.</param>
/// <param name="Bytes">Size in bytes.</param>
/// <param name="Source">Index of its source.</param>
internal sealed record CorpusFile(string Path, string Name, long Bytes, int Source = 0)
{
    // Inaccessible files are not skipped, because they must cause an error. Hidden files are: editors and systems create them.
    private static readonly EnumerationOptions TextFiles = new()
    {
        RecurseSubdirectories = true,
        IgnoreInaccessible = false,
        MatchCasing = MatchCasing.CaseInsensitive,
    };

    /// <summary>Lists the files of all sources, in the order of the sources and then of <see cref="List(string)"/>.</summary>
    public static IReadOnlyList<CorpusFile> List(IReadOnlyList<CorpusSource> sources) =>
        [.. sources.SelectMany((source, i) => List(source.Path).Select(file => file with { Source = i }))];

    /// <summary>Lists the files of a source in ordinal order of their names.</summary>
    public static IReadOnlyList<CorpusFile> List(string fileOrDirectory)
    {
        if (File.Exists(fileOrDirectory)) return [Create(fileOrDirectory, System.IO.Path.GetFileName(fileOrDirectory))];
        if (!Directory.Exists(fileOrDirectory))
            throw new DirectoryNotFoundException(
                $"The corpus {fileOrDirectory} does not exist. Give a UTF-8 text file, or a directory that "
                    + "contains *.txt files.");

        var files = Directory.EnumerateFiles(fileOrDirectory, "*.txt", TextFiles)
            .Select(path => Create(path, System.IO.Path.GetRelativePath(fileOrDirectory, path).Replace('\\', '/')))
            .OrderBy(file => file.Name, StringComparer.Ordinal)
            .ToArray();
        if (files.Length == 0)
            throw new FileNotFoundException(
                $"The corpus directory {fileOrDirectory} contains no *.txt file. "
                + "Add UTF-8 text files with blank lines between documents, or give another directory.");
        return files;
    }

    // FileInfo.Length of a symbolic link is that of the link, not of its target.
    private static CorpusFile Create(string path, string name)
    {
        using var file = File.OpenHandle(path);
        return new(path, name, RandomAccess.GetLength(file));
    }
}
