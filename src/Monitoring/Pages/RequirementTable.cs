using System.Globalization;

namespace TurkishLlm.Monitoring.Pages;

/// <summary>The result of one requirement on one case.</summary>
/// <param name="Id">Id of the requirement; empty if unknown.</param>
/// <param name="Statement">The requirement; empty if unknown.</param>
/// <param name="Holds">True if it holds.</param>
/// <param name="Evidence">The measurement.</param>
/// <param name="Margin">Measured ÷ allowed error; null if the bound is no tolerance.</param>
public sealed record RequirementResult(string Id, string Statement, bool Holds, string Evidence, double? Margin);

/// <summary>Renders requirements with what they state and how close they were to their bounds.</summary>
public static class RequirementTable
{
    /// <summary>A requirement with a larger margin is near its bound.</summary>
    public const double NearMargin = 0.8;

    /// <summary>Names the colors of the bars.</summary>
    public static Html Legend { get; } = Pages.Legend.Render(
        LegendEntry.ForArea("line", "holds: share of the allowed error that was measured, worst case"),
        LegendEntry.ForArea(
            "mark", FormattableString.Invariant($"holds, near its bound: more than {100 * NearMargin:0} % of the allowed error")),
        LegendEntry.ForArea("bad", "✗ fails"));

    /// <summary>Renders one row per result.</summary>
    public static Html Render(IEnumerable<RequirementResult> results)
    {
        var table = new HtmlTable(
            ("requirement", ColumnKind.Text), ("margin", ColumnKind.Bar), ("", ColumnKind.Number), ("measured", ColumnKind.Text));
        foreach (var result in results)
            table.Add(
                result.Holds ? "" : "failed",
                [
                    Html.From($"<b>{(result.Holds ? "" : "✗ ")}{result.Id}</b> {result.Statement}"), RenderBar(result),
                    Html.FromText(FormatMargin(result)), Html.FromText(result.Evidence),
                ]);
        return Html.From($"<div class=\"requirements\">{table.Render()}</div>\n");
    }

    private static Html RenderBar(RequirementResult result) =>
        !result.Holds ? HtmlPage.RenderBar(1, "poor")
        : result.Margin is not { } margin ? Html.Empty
        : HtmlPage.RenderBar(margin, margin > NearMargin ? "near" : "");

    // Small shares are no zeros: "0.02 %", not "0 %".
    private static string FormatMargin(RequirementResult result) => result.Margin switch
    {
        null => result.Holds ? "holds" : "fails",
        0 => "exact",
        < 0.0001 => "< 0.01 %",
        < 0.1 and var margin => string.Create(CultureInfo.InvariantCulture, $"{100 * margin:0.##} %"),
        var margin => string.Create(CultureInfo.InvariantCulture, $"{100 * margin:0} %"),
    };
}
