using TurkishLlm.Monitoring.Diagnosis;
using static TurkishLlm.Monitoring.Pages.HtmlText;

namespace TurkishLlm.Monitoring.Pages;

/// <summary>The part of a report that says in words what the curves say.</summary>
internal static class ReportFindings
{
    public static string RenderHtml(IReadOnlyList<CurveFinding> findings) =>
        $"<h2>Diagnosis</h2>\n<ul class=\"findings\">{string.Concat(findings.Select(Item))}</ul>";

    private static string Item(CurveFinding finding)
    {
        var advice = finding.Suggestion.Length > 0 ? $" <em>{Encode(finding.Suggestion)}</em>" : "";
        return $"<li class=\"{finding.Severity.ToString().ToLowerInvariant()}\"><b>{Encode(finding.Rule)}</b>{Encode(finding.Observation)}{advice}</li>";
    }
}
