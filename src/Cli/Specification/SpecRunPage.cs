using TurkishLlm.Cli.Terminal;
using TurkishLlm.Monitoring.Pages;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification;

namespace TurkishLlm.Cli.Specification;

/// <summary>Renders the verdicts on requirements as a self-contained HTML page: failures first, then area by area.</summary>
internal static class SpecRunPage
{
    private const int FewRequirements = 40;

    /// <summary>Renders the page.</summary>
    /// <param name="report">The verdicts.</param>
    /// <param name="plan">The plan as the user typed it; null for the built-in plan.</param>
    public static string Render(PlanGateReport report, string? plan)
    {
        RequirementResult[] failures =
        [
            .. report.FailedJudgments.Select(judgment => ToResult(
                judgment, $"{judgment.CaseName}: {judgment.Verdict.Evidence}{DescribeResemblance(report, judgment)}")),
        ];
        var areas = report.Judgments.GroupBy(judgment => judgment.Requirement)
            .Select(cases => (Area: RequirementCatalog.GetArea(cases.Key), Cases: (IReadOnlyList<Judgment>)[.. cases]))
            .GroupBy(requirement => requirement.Area, requirement => requirement.Cases)
            .ToArray();
        return HtmlPage.Render(
            $"Specification · {plan ?? "built-in plan"}",
            Html.From(
                $"""
                {HtmlPage.RenderHeader("Specification", Html.From($"{plan ?? "built-in plan"} · {report.Device}, {report.Compute}"))}
                {Facts(report)}
                {(failures.Length == 0 ? Html.Empty : Html.From($"<h2>Failures</h2>\n<div class=\"card\">{RequirementTable.Render(failures)}</div>\n"))}
                <h2>Areas</h2>
                <p class="soft">The bar is the requirement nearest to its bound. Open an area to see all of its requirements.</p>
                <div class="card">{RequirementTable.Legend}{Overview(areas)}</div>
                {areas.Select(area => RenderArea(area, report.RequirementCount <= FewRequirements))}
                """));
    }

    // Of many requirements those are shown at once that fail or are near their bounds.
    private static Html RenderArea(IGrouping<string, IReadOnlyList<Judgment>> area, bool isOpen)
    {
        var needsAttention =
            area.Any(cases => !Holds(cases)) || Nearest(area.SelectMany(cases => cases)) > RequirementTable.NearMargin;
        var table = RequirementTable.Render(area.OrderBy(Holds).Select(Summarize));
        return Html.From(
            $"""
            <details class="area"{(isOpen || needsAttention ? Html.From($" open") : Html.Empty)}><summary><h2>{area.Key}</h2> {Format.Count(area.Count(), "requirement")}</summary>
            <div class="card">{table}</div></details>

            """);
    }

    private static Html Facts(PlanGateReport report) => HtmlPage.RenderFacts(
    [
        ("gate", report.IsOpen ? "✓ open" : "✗ closed"), ("requirements", Format.Count(report.RequirementCount)),
        ("checks", Format.Count(report.Judgments.Count)), ("failed checks", Format.Count(report.FailedJudgments.Count)),
        ("largest margin", Nearest(report.Judgments) is { } margin ? Format.Percent(margin) : "–"),
        ("time", Format.Duration(report.Elapsed.TotalSeconds)),
    ]);

    private static Html Overview(IEnumerable<IGrouping<string, IReadOnlyList<Judgment>>> areas)
    {
        var table = new HtmlTable(
            ("area", ColumnKind.Text), ("nearest to its bound", ColumnKind.Bar), ("margin", ColumnKind.Number),
            ("requirements", ColumnKind.Number), ("failed", ColumnKind.Number));
        foreach (var area in areas)
        {
            var failed = area.Count(cases => !Holds(cases));
            var margin = Nearest(area.SelectMany(cases => cases));
            var style = failed > 0 ? "poor" : margin > RequirementTable.NearMargin ? "near" : "";
            table.Add(
                failed > 0 ? "failed" : "",
                [
                    Html.FromText(area.Key), margin is { } share ? HtmlPage.RenderBar(share, style) : Html.Empty,
                    Html.FromText(margin is { } nearest ? Format.Percent(nearest) : "–"),
                    Html.FromText(Format.Count(area.Count())),
                    Html.FromText(Format.Count(failed)),
                ]);
        }
        return table.Render();
    }

    // The failing case, or else the one nearest to its bound.
    private static RequirementResult Summarize(IReadOnlyList<Judgment> cases)
    {
        var worst = cases.FirstOrDefault(judgment => !judgment.Verdict.Holds)
            ?? cases.MaxBy(judgment => judgment.Verdict.Margin ?? -1)!;
        return ToResult(worst, worst.Verdict.Evidence);
    }

    private static string DescribeResemblance(PlanGateReport report, Judgment judgment) =>
        report.Resemblances.GetValueOrDefault(judgment.Requirement) is { } nearest ? $" · looks like: {nearest.Impostor}" : "";

    private static RequirementResult ToResult(Judgment judgment, string evidence) => new(
        judgment.Requirement.Id, judgment.Requirement.Statement, judgment.Verdict.Holds, evidence, judgment.Verdict.Margin);

    private static bool Holds(IReadOnlyList<Judgment> cases) => cases.All(judgment => judgment.Verdict.Holds);

    private static double? Nearest(IEnumerable<Judgment> judgments) => judgments.Max(judgment => judgment.Verdict.Margin);
}
