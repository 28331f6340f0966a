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
    public LivePage Get(string version, Func<LivePage> render)
    {
        if (_page is not null && (version == _version || !_pace.IsDue)) return _page;
        _page = _pace.Run(render);
        _version = version;
        return _page;
    }
}
