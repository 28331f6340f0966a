using TurkishLlm.Monitoring.Diagnosis;
using static TurkishLlm.Monitoring.Pages.HtmlText;

namespace TurkishLlm.Monitoring.Pages;

/// <summary>Renders the diagnosis of a report.</summary>
internal static class ReportFindings
{
    public static string RenderHtml(IReadOnlyList<CurveFinding> findings) =>
        $"<h2>Diagnosis</h2>\n<ul class=\"findings\">{string.Concat(findings.Select(Item))}</ul>";

    private static string Item(CurveFinding finding)
    {
        var advice = finding.Suggestion.Length > 0 ? $" <em>{Encode(finding.Suggestion)}</em>" : "";
        return $"<li class=\"{finding.Severity.ToString().ToLowerInvariant()}\"><b>{Encode(finding.Rule)}</b>"
            + $"{Encode(finding.Observation)}{advice}</li>";
    }
}
