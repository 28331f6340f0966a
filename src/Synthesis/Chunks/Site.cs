using System.Text.RegularExpressions;
using TurkishLlm.Synthesis.Documentation;

namespace TurkishLlm.Synthesis.Chunks;

/// <summary>Cross references of the pages of a documentation: link targets, module names and names of database tables.</summary>
internal sealed partial class Site
{
    private readonly Dictionary<string, Page> _pages = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _titles = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Language, string Module), string> _moduleNames = [];
    private readonly HashSet<string> _tables = new(StringComparer.Ordinal);

    public Site(IReadOnlyList<Page> pages)
    {
        foreach (var page in pages)
        {
            if (!_pages.TryAdd(page.Document, page)) throw new InvalidDataException($"The page {page.Document} occurs twice.");
            _titles.TryAdd(PlainTextTitle.CreateLink(page.Title), page.Document);
            foreach (var table in FindDeclaredTables(page)) _tables.Add(table);
        }
        // The second step of a breadcrumb is the module; the first is the whole documentation.
        foreach (var module in pages.GroupBy(page => (page.Language, page.Module)))
            _moduleNames[module.Key] = module.Select(page => page.Breadcrumb.ElementAtOrDefault(1)).OfType<string>()
                .GroupBy(name => name, StringComparer.Ordinal)
                .OrderByDescending(names => names.Count())
                .ThenBy(names => names.Key, StringComparer.Ordinal)
                .FirstOrDefault()
                ?.Key
                ?? module.Key.Module;
    }

    public string GetModuleName(Page page) => _moduleNames[(page.Language, page.Module)];

    public Page GetPage(string link) => _pages[link.Split('#')[0]];

    /// <summary>Returns the page or section that a link leads to; null if it is not in this documentation.</summary>
    public string? Resolve(Page from, string link)
    {
        if (link.Length == 0) return null;
        if (PlainTextTitle.IsLink(link)) return _titles.GetValueOrDefault(link);
        if (link.Contains("://", StringComparison.Ordinal) || link.StartsWith("mailto:", StringComparison.Ordinal)) return null;
        var (path, anchor) = link.Split('#', 2) is [var before, var after] ? (before, after) : (link, "");
        var document = path.Length == 0 ? from.Document : ResolvePath(from.Document, Uri.UnescapeDataString(path.Split('?')[0]));
        if (document is null || !_pages.TryGetValue(document, out var page)) return null;
        var heading = page.Blocks.FirstOrDefault(block => block.Anchor.Length > 0 && block.Anchor == anchor);
        return heading is null ? document : $"{document}#{anchor}";
    }

    /// <summary>
    /// Finds the database tables that a text names: those in a table column headed "Tablo" or "Table" otherwise words
    /// of the form A_B.
    /// </summary>
    public IReadOnlyList<string> FindTables(string text) =>
        [
            .. IdentifierRegex()
                .Matches(text)
                .Select(match => match.Value)
                .Where(word => _tables.Count > 0 ? _tables.Contains(word) : word.Contains('_', StringComparison.Ordinal))
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];

    private static IEnumerable<string> FindDeclaredTables(Page page)
    {
        foreach (var block in page.Blocks.Where(block => block.Kind == BlockKind.Table))
        {
            var rows = page.Text.AsSpan(block.Start, block.Length).ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            if (GetFirstCell(rows[0]) is not ("Tablo" or "Table")) continue;
            foreach (var row in rows.Skip(2))
                foreach (Match name in CodeWordRegex().Matches(GetFirstCell(row))) yield return name.Groups[1].Value;
        }
    }

    private static string GetFirstCell(string row) => row.Split(" | ")[0].TrimStart('|').Trim();

    private static string? ResolvePath(string document, string path)
    {
        var steps = path.StartsWith('/') ? [] : document.Split('/')[..^1].ToList();
        foreach (var step in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (step == ".") continue;
            if (step != "..") steps.Add(step);
            else if (steps.Count == 0) return null;
            else steps.RemoveAt(steps.Count - 1);
        }
        return string.Join('/', steps);
    }

    [GeneratedRegex(@"\b[A-Z][A-Z0-9_]*[A-Z0-9]\b")]
    private static partial Regex IdentifierRegex();

    [GeneratedRegex(@"`([A-Z][A-Z0-9_]*)`")]
    private static partial Regex CodeWordRegex();
}
