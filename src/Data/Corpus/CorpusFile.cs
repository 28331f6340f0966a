using System.IO.Enumeration;
using TurkishLlm.Files;

namespace TurkishLlm.Data.Corpus;

/// <summary>A file of a corpus.</summary>
/// <param name="Path">Path of the file.</param>
/// <param name="Name">Path within its source, with forward slashes: the same on every machine.</param>
/// <param name="Bytes">Size in bytes.</param>
/// <param name="Source">Index of its source.</param>
/// <param name="TextField">Name of the field of rows that has the text; empty for the usual names.</param>
internal sealed record CorpusFile(string Path, string Name, long Bytes, int Source = 0, string TextField = "")
{
    /// <summary>Names of the files of a directory that are read; what they contain decides how.</summary>
    public const string Patterns = "*.txt, *.jsonl, *.json, *.gz, *.zst or *.parquet";

    private static readonly string[] Extensions = [".txt", ".jsonl", ".json", ".gz", ".zst", ".parquet"];

    // Inaccessible files are not skipped, because they must cause an error. Hidden files are: editors and systems create them.
    private static readonly EnumerationOptions AllFiles = new()
    {
        RecurseSubdirectories = true, IgnoreInaccessible = false, AttributesToSkip = 0,
    };

    /// <summary>Lists the files of all sources, in the order of the sources and then of their names.</summary>
    /// <param name="sources">The sources.</param>
    /// <param name="notes">Receives a note about the files of directories that are not read.</param>
    public static IReadOnlyList<CorpusFile> List(IReadOnlyList<CorpusSource> sources, ICollection<string> notes) =>
    [
        .. sources.SelectMany((source, i) =>
            List(source.Path, notes).Select(file => file with { Source = i, TextField = source.TextField })),
    ];

    /// <summary>Lists the files of a source in ordinal order of their names.</summary>
    /// <param name="fileOrDirectory">The source.</param>
    /// <param name="notes">Receives a note about the files of a directory that are not read.</param>
    public static IReadOnlyList<CorpusFile> List(string fileOrDirectory, ICollection<string>? notes = null)
    {
        FileName.RefuseInvalid(fileOrDirectory);
        if (File.Exists(fileOrDirectory)) return [Create(fileOrDirectory, System.IO.Path.GetFileName(fileOrDirectory))];
        if (!Directory.Exists(fileOrDirectory))
            throw new DirectoryNotFoundException(
                $"The corpus {fileOrDirectory} does not exist. Give a file of text, JSON lines or Parquet, or a directory that "
                    + $"contains {Patterns} files.");

        var names = new List<string>();
        var others = new List<string>();
        foreach (var path in Enumerate(fileOrDirectory))
            (IsRead(path) ? names : others).Add(System.IO.Path.GetRelativePath(fileOrDirectory, path).Replace('\\', '/'));
        if (names.Count == 0)
            throw new FileNotFoundException(
                $"The corpus directory {fileOrDirectory} contains no {Patterns} file. "
                + "Add text files with blank lines between documents, JSON lines or Parquet, or give another directory.");
        if (others.Count > 0) notes?.Add(DescribeOthers(fileOrDirectory, others));
        names.Sort(StringComparer.Ordinal);
        return [.. names.Select(name => Create(System.IO.Path.Combine(fileOrDirectory, name), name))];
    }

    private static FileSystemEnumerable<string> Enumerate(string directory) =>
        new(directory, (ref FileSystemEntry entry) => entry.ToSpecifiedFullPath(), AllFiles)
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !IsHidden(ref entry) && !entry.IsDirectory,
            ShouldRecursePredicate = (ref FileSystemEntry entry) => !IsHidden(ref entry),
        };

    // Looks at the name first, because nothing else can be asked of an entry with a name that is not UTF-8.
    private static bool IsHidden(ref FileSystemEntry entry)
    {
        if (entry.FileName.StartsWith('.')) return true;
        if (entry.FileName.Contains('\uFFFD')) FileName.RefuseInvalid(entry.ToSpecifiedFullPath());
        return OperatingSystem.IsWindows() && (entry.Attributes & (FileAttributes.Hidden | FileAttributes.System)) != 0;
    }

    private static bool IsRead(string path) =>
        Extensions.Contains(System.IO.Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    private static string DescribeOthers(string directory, List<string> names)
    {
        names.Sort(StringComparer.Ordinal);
        return FormattableString.Invariant($"{names.Count} {(names.Count == 1 ? "file" : "files")} in {directory} ")
            + $"{(names.Count == 1 ? "was" : "were")} not read, because only {Patterns} files are: "
            + string.Join(", ", names.Take(5)) + (names.Count > 5 ? ", …" : ".");
    }

    // FileInfo.Length of a symbolic link is that of the link, not of its target.
    private static CorpusFile Create(string path, string name)
    {
        FileName.RefuseInvalid(path);
        using var file = File.OpenHandle(path);
        return new(path, name, RandomAccess.GetLength(file));
    }
}
