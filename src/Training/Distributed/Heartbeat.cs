namespace TurkishLlm.Training.Distributed;

/// <summary>Calls a function twice a second on a dedicated thread, even if the thread pool is busy.</summary>
internal sealed class Heartbeat : IDisposable
{
    /// <summary>Time without a heartbeat after which a process counts as lost.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Number of missed heartbeats after which a process counts as lost. Heartbeats are counted, not timed: if all processes are
    /// suspended for a while, none has missed one.
    /// </summary>
    public const int MaxMissed = 10;

    private static readonly TimeSpan Period = Timeout / MaxMissed;

    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;

    /// <param name="onBeat">The function to call.</param>
    public Heartbeat(Action onBeat)
    {
        _thread = BackgroundThread.Start("heartbeat", () =>
        {
            while (!_stop.Wait(Period)) onBeat();
        });
    }

    /// <summary>Stops the calls; none is running on return.</summary>
    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        _stop.Dispose();
    }
}
