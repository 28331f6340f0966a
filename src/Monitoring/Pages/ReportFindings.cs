using TurkishLlm.Monitoring.Diagnosis;

namespace TurkishLlm.Monitoring.Pages;

/// <summary>Renders the diagnosis of a report.</summary>
internal static class ReportFindings
{
    public static Html Render(IReadOnlyList<CurveFinding> findings) =>
        Html.From($"<h2>Diagnosis</h2>\n<ul class=\"findings\">{findings.Select(Item)}</ul>\n");

    private static Html Item(CurveFinding finding)
    {
        var advice = finding.Suggestion.Length > 0 ? Html.From($" <em>{finding.Suggestion}</em>") : Html.Empty;
        var style = finding.Severity.ToString().ToLowerInvariant();
        return Html.From($"<li class=\"{style}\"><b>{finding.Rule}</b>{finding.Observation}{advice}</li>");
    }
}
