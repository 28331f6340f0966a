using static System.FormattableString;
using static TurkishLlm.Monitoring.Pages.HtmlText;

namespace TurkishLlm.Monitoring.Pages;

/// <summary>Renders the result of the gate, and how close each requirement was to its limit.</summary>
internal static class ReportGate
{
    private const int Shown = 10;
    private const double Near = 0.5;

    public static string RenderHtml(GateSummary? gate)
    {
        if (gate is null) return "";
        var result = gate.Judgments.Count == 0 ? "" : gate.FailedCount == 0
            ? Invariant($"<p><span class=\"good\">Open.</span> All {gate.Judgments.Count:N0} checks passed.</p>")
            : Invariant($"<p><span class=\"poor\">Closed.</span> {gate.FailedCount:N0} of ")
                + Invariant($"{gate.Judgments.Count:N0} checks failed.</p>");
        return $"<h2>Gate</h2>\n<div class=\"card gate\">{result}<table>"
            + $"{RenderRows(gate.Facts.Select(fact => (fact.Key, fact.Value)))}</table>{Margins(gate.Margins)}</div>";
    }

    private static string Margins(IReadOnlyList<GateJudgment> margins)
    {
        if (margins.Count == 0) return "";
        var more = margins.Count <= Shown ? "" : Invariant($"<details><summary>{margins.Count - Shown:N0} ")
            + Invariant($"more</summary>{Table(margins.Skip(Shown))}</details>");
        return "<p class=\"soft margins\">Margin: measured ÷ allowed in the worst case; above 1 fails. "
            + $"Largest first.</p>{Table(margins.Take(Shown))}{more}";
    }

    private static string Table(IEnumerable<GateJudgment> margins) =>
        "<table "
        + "class=\"margins\"><thead><tr><th>requirement</th><th>margin</th><th></th><th>measured</th></tr></thead><tbody>"
        + $"{string.Concat(margins.Select(Row))}</tbody></table>";

    private static string Row(GateJudgment judgment)
    {
        var margin = judgment.Margin!.Value;
        return $"<tr title=\"{Encode(judgment.Statement)}\"><td>{Encode(judgment.Id)}</td>"
            + $"<td><div class=\"track{(margin > Near ? " near" : "")}\">"
            + Invariant($"<i style=\"width:{100 * Math.Clamp(margin, 0, 1):F1}%\"></i></div></td>")
            + Invariant($"<td>{margin:0.000}</td><td>{Encode(judgment.Evidence)}</td></tr>");
    }
}
