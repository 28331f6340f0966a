using TurkishLlm.Model;
using TurkishLlm.Monitoring;
using TurkishLlm.Monitoring.Pages;
using TurkishLlm.Runs;

namespace TurkishLlm.Server.Live;

/// <summary>A run below the folder that is served. Not thread-safe.</summary>
/// <param name="name">Name of the run.</param>
/// <param name="folder">Its folder.</param>
/// <param name="root">The folder that is served, which errors do not repeat.</param>
/// <param name="clock">The clock.</param>
internal sealed class WatchedRun(string name, RunFolder folder, string root, TimeProvider clock)
{
    private readonly CachedPage _page = new(clock);
    private readonly WorkPace _pace = new(clock);
    private RunReader _reader = new(folder);
    private RunRecord? _record;

    public string Name => name;

    /// <summary>Identifies the state that <see cref="Row"/> shows; empty if the files could not be read.</summary>
    public string Version { get; private set; } = "";

    public RunIndexRow Row { get; private set; } = new(name, "reading", "its files are read next", Written: null);

    /// <summary>True after the first <see cref="Refresh"/>.</summary>
    public bool IsRead { get; private set; }

    /// <summary>Reads what has changed.</summary>
    public void Refresh()
    {
        if (!_pace.IsDue) return;
        IsRead = true;
        try
        {
            // Before reading: what is written meanwhile is then read the next time.
            var stamp = RunStamp.Read(folder);
            if (stamp == Version) return;
            Row = _pace.Run(ReadRow);
            Version = stamp;
        }
        catch (Exception error) when (IsExpected(error))
        {
            Row = CreateUnreadable(name, Describe(error, root));
            Version = "";
            _record = null;
        }
    }

    /// <summary>Renders the report, with the state of the run above it.</summary>
    public LivePage Render() => Version.Length == 0 || Row.Written is null
        ? CreateMessage(Row.Summary, Row.IsRunning ? "soft" : "warn")
        : _page.Get(
            Version, () => LivePage.Create(RunReport.RenderHtml(GetRecord(), CreateFrame())),
            error => CreateMessage(Describe(error, root)));

    /// <summary>Returns the run, for a comparison.</summary>
    /// <exception cref="InvalidDataException">The run cannot be read.</exception>
    public RunRecord GetRecord() => Version.Length == 0 || Row.Written is null ? throw new InvalidDataException(Row.Summary)
        : _record ?? RunRecord.Read(folder);

    /// <summary>Returns true for errors that files of a run can cause.</summary>
    public static bool IsExpected(Exception error) =>
        error is ConfigurationException or InvalidDataException or IOException or UnauthorizedAccessException;

    /// <summary>Describes an error, without the path of the folder that is served.</summary>
    public static string Describe(Exception error, string root) =>
        error.Message.Replace(root + Path.DirectorySeparatorChar, "", StringComparison.Ordinal);

    private RunIndexRow ReadRow()
    {
        if (!File.Exists(folder.PlanFile) && folder.IsAtGate) return RunIndexRow.AtGate(name);
        var written = RunSearch.GetLastWriteTime(folder);
        var record = _reader.Read();
        var row = RunIndexRow.FromRun(name, record, written);
        // The steps of long runs take memory, and those of a run that has ended are rarely needed again.
        if (row.IsRunning) _record = record;
        else (_record, _reader) = (null, new(folder));
        return row;
    }

    private PageFrame CreateFrame() => LivePage.CreateFrame(Html.From(
        $"· {RunIndexPage.RenderState(Row.State)} · {name}, last written {RunIndexPage.RenderTime(Row.Written ?? default)}"));

    private LivePage CreateMessage(string message, string style = "warn") =>
        LivePage.CreateMessage(name, message, status: 200, Html.From($"· {RunIndexPage.RenderState(Row.State)}"), style);

    private static RunIndexRow CreateUnreadable(string name, string problem) =>
        new(name, RunIndexRow.Unreadable, problem, Written: null);
}
