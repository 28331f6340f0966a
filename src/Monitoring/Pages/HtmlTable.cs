namespace TurkishLlm.Monitoring.Pages;

/// <summary>What a column of a table holds.</summary>
public enum ColumnKind
{
    /// <summary>Text, which wraps anywhere.</summary>
    Text,

    /// <summary>Numbers and short values, aligned at the right.</summary>
    Number,

    /// <summary>Bars, which take the remaining width.</summary>
    Bar,
}

/// <summary>A table that fits narrow pages: there, every row becomes a block of named values.</summary>
/// <param name="columns">Heading and kind of each column. The first one names the row.</param>
public sealed class HtmlTable(params IReadOnlyList<(string Heading, ColumnKind Kind)> columns)
{
    private const int UnstackedColumns = 4, MaxLabelLength = 28;
    private readonly List<Html> _rows = [];

    /// <summary>True for columns of equal width, such as runs that are compared.</summary>
    public bool HasEqualColumns { get; init; }

    /// <summary>True if the last row is the sum of the others.</summary>
    public bool HasTotal { get; init; }

    /// <summary>Creates a table of texts; columns of numbers are recognized.</summary>
    /// <param name="headings">Headings of the columns.</param>
    /// <param name="rows">The cells.</param>
    /// <param name="bars">Length of a bar for each of the first rows; null for none.</param>
    /// <param name="hasTotal">True if the last row is the sum of the others.</param>
    public static Html Render(
        IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows, IReadOnlyList<long>? bars = null,
        bool hasTotal = false)
    {
        IReadOnlyList<string>[] all = [.. rows];
        var columns = headings.Select((heading, column) =>
        {
            var isNumber = column > 0 && all.Length > 0 && all.All(row => IsNumber(row[column]));
            return (heading, isNumber ? ColumnKind.Number : ColumnKind.Text);
        });
        var table = new HtmlTable([.. bars is null ? columns : columns.Append(("", ColumnKind.Bar))]) { HasTotal = hasTotal };
        var most = Math.Max(1, bars?.DefaultIfEmpty(0).Max() ?? 1);
        foreach (var (i, row) in all.Index())
        {
            IEnumerable<Html> cells = row.Select(Html.FromText);
            if (bars is not null)
                cells = cells.Append(i < bars.Count ? HtmlPage.RenderBar((double)bars[i] / most) : Html.Empty);
            table.Add([.. cells]);
        }
        return table.Render();
    }

    /// <summary>Adds a row.</summary>
    /// <param name="cells">A cell for each column.</param>
    public void Add(params IReadOnlyList<Html> cells) => Add("", cells);

    /// <summary>Adds a row with a class of the style sheet.</summary>
    public void Add(string style, IReadOnlyList<Html> cells)
    {
        ArgumentNullException.ThrowIfNull(cells);
        if (cells.Count != columns.Count)
            throw new ArgumentException($"The row has {cells.Count} cells and the table {columns.Count} columns.", nameof(cells));
        var name = Html.From($"<th scope=\"row\" class=\"{GetClass(0)}\">{cells[0]}</th>");
        var values = cells.Skip(1).Select((cell, i) =>
            Html.From($"<td class=\"{GetClass(i + 1)}\" data-label=\"{Shorten(columns[i + 1].Heading)}\">{cell}</td>"));
        _rows.Add(Html.From($"<tr{(style.Length > 0 ? Html.From($" class=\"{style}\"") : Html.Empty)}>{name}{values}</tr>\n"));
    }

    /// <summary>Renders the table, without a card around it.</summary>
    public Html Render()
    {
        if (_rows.Count == 0) return Html.From($"<p class=\"soft\">None.</p>\n");
        var style = $"{(FitsNarrowPages ? "short" : "stack")}{(HasEqualColumns ? " even" : "")}{(HasTotal ? " sum" : "")}";
        var headings = columns.Select((column, i) =>
            Html.From($"<th scope=\"col\" class=\"{GetClass(i)}\">{column.Heading}</th>"));
        return Html.From(
            $"""
            <div class="scroll"><table class="{style}"><thead><tr>{headings}</tr></thead><tbody>
            {_rows}</tbody></table></div>

            """);
    }

    // Few numbers and a bar fit beside a name; several texts do not.
    private bool FitsNarrowPages =>
        !HasEqualColumns
        && (columns.Count <= 2
            || (columns.Count <= UnstackedColumns && columns.Skip(1).All(column => column.Kind != ColumnKind.Text)));

    private string GetClass(int column) => columns[column].Kind switch
    {
        ColumnKind.Number => "n",
        ColumnKind.Bar => "wide",
        _ => "t",
    };

    // The label is repeated in every row of a narrow page.
    private static string Shorten(string heading) =>
        heading.Length <= MaxLabelLength ? heading
        : string.Concat(heading.EnumerateRunes().Take(MaxLabelLength - 1).Select(rune => rune.ToString())) + "…";

    private static bool IsNumber(string text) =>
        text.Length == 0 || char.IsAsciiDigit(text[0]) || text[0] is '$' or '–' or '-' or '−';
}
