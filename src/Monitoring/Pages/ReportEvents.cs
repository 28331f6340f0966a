using TurkishLlm.Runs.Logs;
using static System.FormattableString;
using static TurkishLlm.Monitoring.Pages.HtmlText;

namespace TurkishLlm.Monitoring.Pages;

/// <summary>Renders the events of a report.</summary>
internal static class ReportEvents
{
    private const int Shown = 100;

    public static string RenderHtml(IReadOnlyList<RunEvent> events)
    {
        if (events.Count == 0) return "";
        var shown = events.Count <= Shown ? ""
            : Invariant($"<p class=\"soft\">The last {Shown} of {events.Count:N0} events; events.jsonl has all of them.</p>");
        return $"<h2>Events</h2>\n<div class=\"card events\">{shown}"
            + "<table><thead><tr><th>step</th><th>event</th></tr></thead><tbody>\n"
            + $"{string.Concat(events.TakeLast(Shown).Select(Row))}</tbody></table></div>";
    }

    /// <summary>Returns the last events as marks of a chart.</summary>
    public static IReadOnlyList<(double Step, string What)> GetMarks(IReadOnlyList<RunEvent> events) =>
        [
            .. events
                .TakeLast(Shown)
                .Select(what =>
                    ((double)what.Step, Encode(Invariant($"step {what.Step:N0}, {what.Describe()}: {what.Message}")))),
        ];

    private static string Row(RunEvent what) =>
        Invariant($"<tr><td>{what.Step:N0}</td><td><b>{what.Describe()}</b> · ")
        + Invariant($"{what.Timestamp:yyyy-MM-dd HH:mm:ss} UTC<br>{Encode(what.Message)}</td></tr>\n");
}
