namespace TurkishLlm.Server.Live;

/// <summary>A rendered page, which is rendered again when what it shows has changed.</summary>
/// <param name="clock">The clock.</param>
internal sealed class CachedPage(TimeProvider clock)
{
    private readonly WorkPace _pace = new(clock);
    private string? _version;
    private LivePage? _page;

    /// <summary>Returns the page; an older one if rendering takes so long that it would slow down training.</summary>
    /// <param name="version">Identifies what the page shows.</param>
    /// <param name="render">Renders the page.</param>
    /// <param name="explain">Renders an error that files of a run caused; the page is then tried again.</param>
    public LivePage Get(string version, Func<LivePage> render, Func<Exception, LivePage> explain)
    {
        if (_page is not null && (version == _version || !_pace.IsDue)) return _page;
        try
        {
            (_page, _version) = (_pace.Run(render), version);
        }
        catch (Exception error) when (WatchedRun.IsExpected(error))
        {
            (_page, _version) = (explain(error), null);
        }
        return _page;
    }
}
