namespace TurkishLlm.Training.Distributed;

/// <summary>Calls a function twice a second on a thread of its own, so that it runs whatever the process is busy with.</summary>
internal sealed class Heartbeat : IDisposable
{
    /// <summary>A process that was silent for so long is lost.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Heartbeats in which a lost process was silent. They are counted, not timed: where all processes are suspended for a
    /// while, none has missed a heartbeat.
    /// </summary>
    public const int MaxMissed = 10;

    private static readonly TimeSpan Period = Timeout / MaxMissed;

    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;

    /// <param name="onBeat">What to call.</param>
    public Heartbeat(Action onBeat)
    {
        _thread = BackgroundThread.Start("heartbeat", () =>
        {
            while (!_stop.Wait(Period)) onBeat();
        });
    }

    /// <summary>Stops the calls; none is running any more on return.</summary>
    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        _stop.Dispose();
    }
}
