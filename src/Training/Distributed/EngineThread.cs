using System.Collections.Concurrent;

namespace TurkishLlm.Training.Distributed;

/// <summary>
/// Calls an engine on one thread of its own. So its caller never waits inside a library, which may never return where another
/// process died at an unlucky moment, and can give up.
/// </summary>
internal sealed class EngineThread
{
    // As long as another process is usually late by. Until then the engine is asked without a pause.
    private const int SpinMilliseconds = 1000;

    private static readonly TimeSpan AbortTimeout = TimeSpan.FromSeconds(1);

    private readonly BlockingCollection<Action> _calls = [];
    private volatile Task _last = Task.CompletedTask;
    private volatile bool _isAborted;

    public EngineThread() => BackgroundThread.Start("sums", () =>
    {
        foreach (var call in _calls.GetConsumingEnumerable()) call();
    });

    /// <summary>Begins a call; it runs when those before it have returned.</summary>
    public Task Enqueue(Action call)
    {
        var result = new TaskCompletionSource();
        _calls.Add(() =>
        {
            try
            {
                call();
                result.SetResult();
            }
            catch (Exception error)
            {
                result.SetException(error);
            }
        });
        return _last = result.Task;
    }

    /// <summary>Asks again and again, on the thread of the engine, until something is true or everything is given up.</summary>
    public void PollUntil(Func<bool> condition)
    {
        var started = Environment.TickCount64;
        while (!_isAborted && !condition())
            if (Environment.TickCount64 - started < SpinMilliseconds) Thread.Yield();
            else Thread.Sleep(1);
    }

    /// <summary>Ends the polling and lets no other call begin. Returns when no call is running, unless one hangs.</summary>
    public void Abort()
    {
        _isAborted = true;
        _calls.CompleteAdding();
        Task.WaitAny([_last], AbortTimeout);
    }
}
