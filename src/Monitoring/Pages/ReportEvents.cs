using TurkishLlm.Runs.Logs;
using static System.FormattableString;

namespace TurkishLlm.Monitoring.Pages;

/// <summary>Renders the events of a report.</summary>
internal static class ReportEvents
{
    private const int Shown = 100;

    public static Html Render(IReadOnlyList<RunEvent> events)
    {
        if (events.Count == 0) return Html.Empty;
        var shown = events.Count <= Shown ? Html.Empty
            : Html.From($"<p class=\"soft\">The last {Shown} of {events.Count:N0} events; events.jsonl has all of them.</p>");
        var table = new HtmlTable(("step", ColumnKind.Text), ("event", ColumnKind.Text));
        foreach (var e in events.TakeLast(Shown))
            table.Add(
                Html.From($"{e.Step:N0}"),
                Html.From($"<b>{e.Describe()}</b> · {e.Timestamp:yyyy-MM-dd HH:mm:ss} UTC<br>{e.Message}"));
        return Html.From($"<h2>Events</h2>\n<div class=\"card events\">{shown}{table.Render()}</div>\n");
    }

    /// <summary>Returns the last events as marks of a chart.</summary>
    public static IReadOnlyList<(double Step, string What)> GetMarks(IReadOnlyList<RunEvent> events) =>
        [
            .. events
                .TakeLast(Shown)
                .Select(what => ((double)what.Step, Invariant($"step {what.Step:N0}, {what.Describe()}: {what.Message}"))),
        ];
}
