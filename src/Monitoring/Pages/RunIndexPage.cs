using TurkishLlm.Files;

namespace TurkishLlm.Monitoring.Pages;

/// <summary>Renders a list of runs, with a link to each, and a form to compare some of them.</summary>
public static class RunIndexPage
{
    /// <summary>Returns the address of the page of a run.</summary>
    /// <param name="name">Name of the run; slashes separate folders.</param>
    public static string GetAddress(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return "/runs/" + string.Join('/', name.Split('/').Select(Uri.EscapeDataString));
    }

    /// <summary>Renders the state of a run.</summary>
    /// <param name="state">The state, such as "running".</param>
    public static Html RenderState(string state) => Html.From($"<span class=\"state {state.Split(' ')[^1]}\">{state}</span>");

    /// <summary>Renders a time.</summary>
    public static Html RenderTime(DateTimeOffset time) =>
        Html.From($"<time datetime=\"{time:yyyy-MM-ddTHH:mm:ssZ}\">{time:yyyy-MM-dd HH:mm:ss} UTC</time>");

    /// <summary>Renders the page.</summary>
    /// <param name="folder">The folder that was searched.</param>
    /// <param name="runs">The runs, in display order.</param>
    /// <param name="advice">What to do if there are no runs.</param>
    /// <param name="frame">What the server adds.</param>
    public static string RenderHtml(string folder, IReadOnlyList<RunIndexRow> runs, string advice, PageFrame frame)
    {
        ArgumentNullException.ThrowIfNull(runs);
        var running = runs.Count(run => run.IsRunning);
        var header = HtmlPage.RenderHeader(
            "Training runs", Html.From($"{folder} · {Quantity.Format(runs.Count, "run")}, {running} running"));
        return HtmlPage.Render(
            running > 0 ? FormattableString.Invariant($"({running}) Training runs") : "Training runs",
            Html.Concat(header, runs.Count == 0 ? Html.From($"<p>{advice}</p>\n") : RenderRuns(runs)), frame);
    }

    private static Html RenderRuns(IReadOnlyList<RunIndexRow> runs)
    {
        var button = runs.Count < 2 ? Html.Empty
            : Html.From($"<p><button>Compare the selected runs</button></p>\n");
        return Html.From(
            $"""
            <form action="/compare"><ul class="runs">
            {runs.Select(run => RenderRun(run, runs.Count > 1))}</ul>
            {button}</form>

            """);
    }

    private static Html RenderRun(RunIndexRow run, bool canCompare)
    {
        var choice = canCompare
            ? Html.From($"<input type=\"checkbox\" name=\"run\" value=\"{run.Name}\" aria-label=\"Compare {run.Name}\">\n")
            : Html.Empty;
        var written = run.Written is { } time ? Html.From($"<br>last written {RenderTime(time)}") : Html.Empty;
        var bar = run.Progress is { } share
            ? Html.From($"<div class=\"bar\"><i style=\"width:{100 * share:F1}%\"></i></div>") : Html.Empty;
        var address = GetAddress(run.Name);
        return Html.From(
            $"""
            <li class="card" id="{address}"><div>
            <h3>{choice}<a href="{address}">{run.Name}</a> {RenderState(run.State)}</h3>
            <p class="soft">{run.Summary.Split('\n')[0].TrimEnd()}{written}</p>{bar}</div>
            {(run.Facts.Count == 0 ? Html.Empty : Html.From($"<div>{run.Curve}</div>\n{HtmlPage.RenderFacts(run.Facts)}"))}</li>

            """);
    }
}
