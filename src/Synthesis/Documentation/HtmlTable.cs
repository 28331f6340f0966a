using AngleSharp.Dom;
using AngleSharp.Html.Dom;

namespace TurkishLlm.Synthesis.Documentation;

/// <summary>
/// Converts a table to lines of cells between bars. A cell that spans several rows or columns is repeated in each, so that every
/// row can be read alone. Code of several lines and tables inside a cell follow the row, and the table continues below them with
/// its header.
/// </summary>
internal sealed class HtmlTable
{
    private const int MaxSpan = 100, MaxColumns = 1000;

    private readonly IHtmlTableElement? _table;

    public HtmlTable(IElement element)
    {
        _table = element as IHtmlTableElement;
        Parts = CreateParts(_table is null ? [] : ReadRows(_table));
    }

    /// <summary>The parts of the table, and the code and tables inside its cells, in order.</summary>
    public IReadOnlyList<Part> Parts { get; }

    /// <summary>A part of a table: lines of Markdown, or a block inside a cell.</summary>
    /// <param name="Text">The lines; empty for a block.</param>
    /// <param name="Links">The links of the lines.</param>
    /// <param name="Block">The block; null for lines.</param>
    public sealed record Part(string Text, List<string> Links, IElement? Block = null);

    /// <summary>
    /// Returns true if a table only arranges its content: by its role, or because it has no header and one cell, or one row of
    /// paragraphs, or headings or tables in its cells.
    /// </summary>
    public static bool IsLayout(IElement element)
    {
        if (element.GetAttribute("role") is "presentation" or "none") return true;
        if (element is not IHtmlTableElement table || table.Caption is not null || HasHeader(table)) return false;
        var rows = table.Rows.ToArray();
        if (rows.Any(row => row.Cells.Any(cell => cell.LocalName == "th"))) return false;
        const string blocks = "p, pre, ul, ol, dl, div, section, h1, h2, h3, h4, h5, h6";
        return rows.Length == 1 && (rows[0].Cells.Length == 1 || rows[0].QuerySelector(blocks) is not null)
            || rows.Any(row => row.QuerySelector("table, h1, h2, h3, h4, h5, h6") is not null);
    }

    private static bool HasHeader(IHtmlTableElement table) =>
        table.Head is { Rows.Length: > 0 }
        || table.Rows.Length > 0 && table.Rows[0].Cells is { Length: > 0 } cells && cells[0].LocalName == "th";

    private List<Part> CreateParts(List<Row> rows)
    {
        List<Part> parts = [];
        List<string> lines = [];
        List<string> links = [];
        List<string> header = [];
        var columns = rows.Count == 0 ? 0 : rows.Max(row => row.Cells.Count);
        foreach (var row in rows)
        {
            lines.Add($"| {string.Join(" | ", row.Cells.Concat(Enumerable.Repeat("", columns - row.Cells.Count)))} |");
            links.AddRange(row.Links);
            if (row == rows[0] && HasHeader(_table!))
            {
                lines.Add($"|{string.Concat(Enumerable.Repeat(" --- |", columns))}");
                header = [.. lines];
            }
            if (row.Blocks.Count == 0) continue;
            EndPart();
            parts.AddRange(row.Blocks.Select(block => new Part("", [], block)));
            lines.AddRange(header);
        }
        if (lines.Count > (parts.Count == 0 ? 0 : header.Count)) EndPart();
        return parts;

        void EndPart()
        {
            parts.Add(new(string.Join('\n', lines), [.. links]));
            lines.Clear();
            links.Clear();
        }
    }

    private static List<Row> ReadRows(IHtmlTableElement table)
    {
        List<Row> rows = [];
        var fromAbove = new Dictionary<(int Row, int Column), string>();
        var sources = table.Rows.ToArray();
        foreach (var source in sources)
        {
            var row = new Row();
            foreach (var cell in source.Cells)
            {
                TakeFromAbove(row.Cells);
                var text = ReadCell(cell, row);
                var mostColumns = Math.Clamp(MaxColumns - row.Cells.Count, 1, MaxSpan);
                var mostRows = Math.Min(MaxSpan, sources.Length - rows.Count);
                for (var across = 0; across < Math.Clamp(cell.ColumnSpan, 1, mostColumns); across++)
                {
                    for (var down = 1; down < Math.Clamp(cell.RowSpan, 1, mostRows); down++)
                        fromAbove[(rows.Count + down, row.Cells.Count)] = text;
                    row.Cells.Add(text);
                }
            }
            TakeFromAbove(row.Cells);
            if (row.Blocks.Count > 0 || row.Cells.Any(text => text.Length > 0)) rows.Add(row);
        }
        return rows;

        void TakeFromAbove(List<string> row)
        {
            while (fromAbove.Remove((rows.Count, row.Count), out var text)) row.Add(text);
        }
    }

    private static string ReadCell(IElement cell, Row row)
    {
        var blocks = FindBlocks(cell);
        row.Blocks.AddRange(blocks);
        var (text, links) = InlineText.Read(cell, blocks.Count == 0 ? null : blocks.Contains);
        row.Links.AddRange(links);
        return text.Replace("|", "\\|", StringComparison.Ordinal);
    }

    // Code of one line is part of the text of its cell.
    private static List<IElement> FindBlocks(IElement cell)
    {
        List<IElement> found = [];
        foreach (var element in cell.QuerySelectorAll("pre, listing, xmp, table"))
        {
            if (found.Exists(outer => element.IsDescendantOf(outer))) continue;
            if (element.LocalName == "table" || CodeText.ReadLines(element).Trim().Contains('\n', StringComparison.Ordinal))
                found.Add(element);
        }
        return found;
    }

    private sealed class Row
    {
        public List<string> Cells { get; } = [];

        public List<string> Links { get; } = [];

        public List<IElement> Blocks { get; } = [];
    }
}
