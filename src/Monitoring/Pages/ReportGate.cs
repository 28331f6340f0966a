namespace TurkishLlm.Monitoring.Pages;

/// <summary>Renders the result of the gate, and how close each requirement was to its limit.</summary>
internal static class ReportGate
{
    private const int Shown = 10;

    public static Html Render(GateSummary? gate)
    {
        if (gate is null) return Html.Empty;
        var checks = gate.Judgments.Count;
        var result = checks == 0 ? Html.Empty
            : gate.FailedCount == 0 ? Html.From($"<p><span class=\"good\">Open.</span> All {checks:N0} checks passed.</p>\n")
            : Html.From($"<p><span class=\"poor\">Closed.</span> {gate.FailedCount:N0} of {checks:N0} checks failed.</p>\n");
        var facts = HtmlPage.RenderValues(gate.Facts.Select(fact => (fact.Key.Replace('_', ' '), fact.Value)));
        return Html.From(
            $"""
            <h2>Gate</h2>
            <div class="card">{result}{Requirements(gate)}
            <details><summary>Conditions and hashes</summary>{facts}</details></div>

            """);
    }

    // Failures first, then the smallest distance to the bound.
    private static Html Requirements(GateSummary gate)
    {
        RequirementResult[] rows = [.. gate.Judgments.Where(j => !j.Holds), .. gate.Margins.Where(j => j.Holds)];
        if (rows.Length == 0) return Html.Empty;
        var first = Math.Max(Shown, gate.FailedCount);
        var more = rows.Length <= first ? Html.Empty : Html.From(
            $"<details><summary>{rows.Length - first:N0} more</summary>{RequirementTable.Render(rows.Skip(first))}</details>\n");
        return Html.From(
            $"""
            <p class="soft">Requirements with a tolerance, nearest to their bounds first. The margin is the largest measured error as a
            share of the allowed one; above 100 % the requirement fails.</p>
            {RequirementTable.Legend}{RequirementTable.Render(rows.Take(first))}{more}

            """);
    }
}
