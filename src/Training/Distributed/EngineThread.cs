using System.Collections.Concurrent;

namespace TurkishLlm.Training.Distributed;

/// <summary>
/// Calls an engine on a dedicated thread. The caller never blocks inside a native library, which may never return if another
/// process dies at the wrong moment, and can give up.
/// </summary>
internal sealed class EngineThread
{
    // The usual delay of another process. Until then the engine is polled without pauses.
    private const int SpinMilliseconds = 1000;

    private static readonly TimeSpan AbortTimeout = TimeSpan.FromSeconds(1);

    private readonly BlockingCollection<Action> _calls = [];
    private volatile Task _last = Task.CompletedTask;
    private volatile bool _isAborted;

    public EngineThread() => BackgroundThread.Start("sums", () =>
    {
        foreach (var call in _calls.GetConsumingEnumerable()) call();
    });

    /// <summary>Queues a call; it runs after all earlier calls.</summary>
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

    /// <summary>Polls a condition on the thread of the engine until it holds or the thread is aborted.</summary>
    public void PollUntil(Func<bool> condition)
    {
        var started = Environment.TickCount64;
        while (!_isAborted && !condition())
            if (Environment.TickCount64 - started < SpinMilliseconds) Thread.Yield();
            else Thread.Sleep(1);
    }

    /// <summary>Stops polling and starts no further call. Returns when no call is running, unless one hangs.</summary>
    public void Abort()
    {
        _isAborted = true;
        _calls.CompleteAdding();
        Task.WaitAny([_last], AbortTimeout);
    }
}
