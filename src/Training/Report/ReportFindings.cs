using static TurkishLlm.Training.HtmlText;

namespace TurkishLlm.Training;

/// <summary>The part of a report that says in words what the curves say, and what happened on the way.</summary>
internal static class ReportFindings
{
    private const int MostEvents = 200;

    public static string Html(IReadOnlyList<Finding> findings, IReadOnlyList<EventLine> events) =>
        $"""
        <h2>Diagnosis</h2>
        <ul class="findings">{string.Concat(findings.Select(Item))}</ul>
        {Events(events)}
        """;

    private static string Item(Finding finding)
    {
        var advice = finding.Try.Length > 0 ? $" <em>{Encode(finding.Try)}</em>" : "";
        return $"<li class=\"{finding.Kind.ToString().ToLowerInvariant()}\"><b>{Encode(finding.Rule)}</b>{Encode(finding.What)}{advice}</li>";
    }

    private static string Events(IReadOnlyList<EventLine> events) => events.Count == 0 ? "" : Text(
        $"<details><summary>{events.Count:N0} {(events.Count == 1 ? "event" : "events")} on the way</summary><div class=\"card gate\"><table><thead><tr><th>step</th><th>event</th><th></th></tr></thead><tbody>{string.Concat(events.TakeLast(MostEvents).Select(e => Text($"<tr><td>{e.Step:N0}</td><td>{Encode(e.Kind)}</td><td>{Encode(e.Text)}</td></tr>")))}</tbody></table></div></details>");
}
