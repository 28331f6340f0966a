using AngleSharp.Dom;
using AngleSharp.Html.Dom;

namespace TurkishLlm.Synthesis.Documentation;

/// <summary>
/// Converts a table to lines of cells between bars. A cell that spans several rows or columns is repeated in each, so that every
/// row can be read alone.
/// </summary>
internal sealed class HtmlTable
{
    private const int MaxSpan = 100;

    public HtmlTable(IElement element)
    {
        var rows = element is IHtmlTableElement table ? ReadRows(table) : [];
        var columns = rows.Count == 0 ? 0 : rows.Max(row => row.Count);
        List<string> lines = [];
        foreach (var row in rows)
        {
            lines.Add($"| {string.Join(" | ", row.Concat(Enumerable.Repeat("", columns - row.Count)))} |");
            if (lines.Count == 1 && HasHeader(element)) lines.Add($"|{string.Concat(Enumerable.Repeat(" --- |", columns))}");
        }
        Text = string.Join('\n', lines);
    }

    public string Text { get; }

    public List<string> Links { get; } = [];

    private static bool HasHeader(IElement table) => table.QuerySelector("thead, tr:first-child > th:first-child") is not null;

    private List<List<string>> ReadRows(IHtmlTableElement table)
    {
        List<List<string>> rows = [];
        var fromAbove = new Dictionary<(int Row, int Column), string>();
        foreach (var source in table.Rows)
        {
            List<string> row = [];
            foreach (var cell in source.Cells)
            {
                TakeFromAbove(row);
                var (text, links) = InlineText.Read(cell);
                Links.AddRange(links);
                text = text.Replace("|", "\\|", StringComparison.Ordinal);
                for (var across = 0; across < Math.Clamp(cell.ColumnSpan, 1, MaxSpan); across++)
                {
                    for (var down = 1; down < Math.Clamp(cell.RowSpan, 1, MaxSpan); down++)
                        fromAbove[(rows.Count + down, row.Count)] = text;
                    row.Add(text);
                }
            }
            TakeFromAbove(row);
            if (row.Any(text => text.Length > 0)) rows.Add(row);
        }
        return rows;

        void TakeFromAbove(List<string> row)
        {
            while (fromAbove.Remove((rows.Count, row.Count), out var text)) row.Add(text);
        }
    }
}
