namespace TurkishLlm.Files;

/// <summary>Finds the folder that a path means where a folder is expected, and describes what a folder holds.</summary>
public static class FolderPath
{
    /// <summary>
    /// Returns the folder of a file if the path is one of the files that such a folder holds, and otherwise the path itself.
    /// </summary>
    /// <param name="path">A folder, or one of its files.</param>
    /// <param name="fileNames">Names of the files that identify their folder, such as <c>tokenizer.json</c>.</param>
    public static string Resolve(string path, params ReadOnlySpan<string> fileNames)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path) || !fileNames.Contains(Path.GetFileName(path))) return path;
        return Path.GetDirectoryName(path) is { Length: > 0 } folder ? folder : ".";
    }

    /// <summary>Describes the content of a folder in a sentence: "It holds a.txt, b/ and 3 more."</summary>
    public static string DescribeContent(string folder)
    {
        const int shown = 4;
        var names = new DirectoryInfo(folder)
            .EnumerateFileSystemInfos()
            .Where(entry => !entry.Name.StartsWith('.'))
            .Select(entry => entry is DirectoryInfo ? entry.Name + "/" : entry.Name)
            .Order(StringComparer.Ordinal)
            .ToArray();
        if (names.Length == 0) return "It is empty.";
        var more = names.Length - shown;
        return more > 0
            ? string.Create(System.Globalization.CultureInfo.InvariantCulture,
                $"It holds {string.Join(", ", names.Take(shown))} and {more} more.")
            : $"It holds {string.Join(", ", names)}.";
    }
}
