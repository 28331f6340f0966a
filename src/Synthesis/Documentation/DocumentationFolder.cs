using System.Collections.Frozen;

namespace TurkishLlm.Synthesis.Documentation;

/// <summary>
/// Lists the pages of a folder, and what is skipped: hidden files, as in a corpus, and files that are not pages.
/// </summary>
internal static class DocumentationFolder
{
    private static readonly FrozenSet<string> NavigationFiles = FrozenSet.ToFrozenSet(
    [
        "_sidebar.md", "_navbar.md", "_footer.md", "_coverpage.md", "_404.md", "summary.md", "toc.md", "toc.html", "404.html",
        "404.md",
    ]);

    // Inaccessible folders are not skipped, because they must cause an error.
    private static readonly EnumerationOptions Everything = new()
    {
        AttributesToSkip = 0, IgnoreInaccessible = false,
    };

    /// <summary>Lists the files of a folder in ordinal order of their names.</summary>
    /// <param name="folder">The folder, searched recursively.</param>
    /// <param name="extensions">Extensions of pages, in lower case.</param>
    public static (List<string> Pages, List<(string File, SkipReason Reason)> Skipped) List(
        string folder, IReadOnlyCollection<string> extensions)
    {
        List<string> pages = [];
        List<(string File, SkipReason Reason)> skipped = [];
        var visited = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<DirectoryInfo>([new(folder)]);
        while (open.TryPop(out var directory))
        {
            var entries = directory.GetFileSystemInfos("*", Everything);
            var names = entries.Select(entry => entry.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
            foreach (var entry in entries)
            {
                var name = Path.GetRelativePath(folder, entry.FullName).Replace('\\', '/');
                if (IsHidden(entry)) skipped.Add((name, SkipReason.Hidden));
                else if (entry is DirectoryInfo inner)
                {
                    if (IsGeneratedFolder(inner.Name, names)) skipped.Add((name, SkipReason.Navigation));
                    else if (!IsLoop(inner, folder, visited)) open.Push(inner);
                }
                else if (FindReason(entry.Name, names, extensions) is { } reason) skipped.Add((name, reason));
                else pages.Add(name);
            }
        }
        pages.Sort(StringComparer.Ordinal);
        skipped.Sort((a, b) => string.CompareOrdinal(a.File, b.File));
        return (pages, skipped);
    }

    private static bool IsHidden(FileSystemInfo entry) =>
        entry.Name.StartsWith('.') || entry.Attributes.HasFlag(FileAttributes.Hidden);

    private static SkipReason? FindReason(string name, HashSet<string> siblings, IReadOnlyCollection<string> extensions)
    {
        var lower = name.ToLowerInvariant();
        if (!extensions.Contains(Path.GetExtension(lower))) return SkipReason.OtherType;
        if (lower == "readme.md") return SkipReason.Readme;
        return NavigationFiles.Contains(lower) || IsGeneratedPage(lower, siblings) ? SkipReason.Navigation : null;
    }

    // Sphinx and mdBook: the names alone could be those of real pages.
    private static bool IsGeneratedPage(string name, HashSet<string> siblings) =>
        siblings.Contains("searchindex.js")
        && (name is "search.html" or "py-modindex.html" || name.StartsWith("genindex", StringComparison.Ordinal))
        || siblings.Contains("book.js") && name == "print.html";

    private static bool IsGeneratedFolder(string name, HashSet<string> siblings) =>
        siblings.Contains("searchindex.js") && name is ("_sources" or "_static" or "_images");

    private static bool IsLoop(DirectoryInfo directory, string root, HashSet<string> visited)
    {
        if (directory.LinkTarget is null) return false;
        var target = directory.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? "";
        return !visited.Add(target)
            || (Path.GetFullPath(root) + Path.DirectorySeparatorChar).StartsWith(
                target + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            || target.StartsWith(Path.GetFullPath(root) + Path.DirectorySeparatorChar, StringComparison.Ordinal);
    }
}
