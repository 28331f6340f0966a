namespace TurkishLlm.Server.Live;

/// <summary>
/// Limits repeated work to a share of one processor, which training needs more: after work of a second, the next waits ten.
/// </summary>
/// <param name="clock">The clock.</param>
internal sealed class WorkPace(TimeProvider clock)
{
    private const double PausePerWork = 10;
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private long _ended;
    private TimeSpan _pause = TimeSpan.Zero;

    /// <summary>True if the pause after the last work is over.</summary>
    public bool IsDue => _pause == TimeSpan.Zero || clock.GetElapsedTime(_ended) >= _pause;

    /// <summary>Does the work, and measures it.</summary>
    public T Run<T>(Func<T> work)
    {
        var began = clock.GetTimestamp();
        try
        {
            return work();
        }
        finally
        {
            _ended = clock.GetTimestamp();
            var pause = clock.GetElapsedTime(began, _ended) * PausePerWork;
            _pause = pause < LongestPause ? pause : LongestPause;
        }
    }
}
