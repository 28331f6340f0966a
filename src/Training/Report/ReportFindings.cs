using static TurkishLlm.Training.HtmlText;

namespace TurkishLlm.Training;

/// <summary>The part of a report that says in words what the curves say.</summary>
internal static class ReportFindings
{
    public static string Html(IReadOnlyList<CurveFinding> findings) =>
        $"<h2>Diagnosis</h2>\n<ul class=\"findings\">{string.Concat(findings.Select(Item))}</ul>";

    private static string Item(CurveFinding finding)
    {
        var advice = finding.Try.Length > 0 ? $" <em>{Encode(finding.Try)}</em>" : "";
        return $"<li class=\"{finding.Kind.ToString().ToLowerInvariant()}\"><b>{Encode(finding.Rule)}</b>{Encode(finding.What)}{advice}</li>";
    }
}
