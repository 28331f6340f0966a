using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace TurkishLlm.Kernels.Packed;

/// <summary>
/// Threads that run one program together: each takes the next task of a phase until there is none, and all wait for each other
/// between phases. Nothing is allocated by a run.
/// </summary>
/// <remarks>
/// A phase of decoding takes microseconds, so waiting threads spin; after some microseconds they yield their processor, because
/// another process may need it. Between runs they sleep. Tasks must not depend on the thread that runs them.
/// </remarks>
internal sealed class ThreadTeam : IDisposable
{
    // About ten microseconds.
    private const int SpinCount = 200, SpinLength = 20;

    private readonly SemaphoreSlim[] _signals;
    private readonly Thread[] _helpers;
    private Action? _program;
    private ExceptionDispatchInfo? _failure;
    private volatile bool _isDisposed;
    private Counters _counters;

    /// <param name="count">Number of threads, including the one that calls <see cref="Run"/>.</param>
    public ThreadTeam(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        Count = count;
        _counters.Next = -1;
        _signals = [.. Enumerable.Range(0, count - 1).Select(_ => new SemaphoreSlim(0))];
        _helpers =
        [
            .. _signals.Select((signal, i) => new Thread(() => Serve(signal))
            {
                IsBackground = true, Name = FormattableString.Invariant($"decoder {i + 1}"),
            }),
        ];
        foreach (var helper in _helpers) helper.Start();
    }

    /// <summary>Number of threads, including the one that calls <see cref="Run"/>.</summary>
    public int Count { get; }

    /// <summary>Runs a program on all threads and returns when each has finished it.</summary>
    /// <param name="program">The program; all threads must take the same phases.</param>
    public void Run(Action program)
    {
        ArgumentNullException.ThrowIfNull(program);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        _failure?.Throw();
        _program = program;
        foreach (var signal in _signals) signal.Release();
        Join(program);
        _failure?.Throw();
    }

    /// <summary>Takes the next task of the phase.</summary>
    /// <param name="count">Number of tasks of the phase.</param>
    /// <param name="task">Receives the number of the task, 0 … <paramref name="count"/> − 1.</param>
    /// <returns>False if all tasks are taken; then call <see cref="EndPhase"/>.</returns>
    public bool TryTake(int count, out int task)
    {
        task = Count == 1 ? ++_counters.Next : Interlocked.Increment(ref _counters.Next);
        return task < count;
    }

    /// <summary>Waits until all tasks of the phase are complete.</summary>
    public void EndPhase()
    {
        if (Count == 1)
        {
            _counters.Next = -1;
            return;
        }
        var phase = Volatile.Read(ref _counters.Phase);
        if (Interlocked.Increment(ref _counters.Arrived) == Count)
        {
            _counters.Arrived = 0;
            _counters.Next = -1;
            Volatile.Write(ref _counters.Phase, phase + 1);
            return;
        }
        for (var waits = 0; Volatile.Read(ref _counters.Phase) == phase; waits++)
        {
            if (Volatile.Read(ref _failure) is not null) throw new OperationCanceledException("Another thread failed.");
            if (waits < SpinCount) Thread.SpinWait(SpinLength);
            else Thread.Yield();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        foreach (var signal in _signals) signal.Release();
        foreach (var helper in _helpers) helper.Join();
        foreach (var signal in _signals) signal.Dispose();
    }

    private void Serve(SemaphoreSlim signal)
    {
        while (true)
        {
            signal.Wait();
            if (_isDisposed) return;
            Join(_program!);
        }
    }

    // The end of the program is a phase, so that no thread is still in it when Run returns.
    private void Join(Action program)
    {
        try
        {
            program();
            EndPhase();
        }
#pragma warning disable CA1031 // Rethrown by the calling thread.
        catch (Exception error)
#pragma warning restore CA1031
        {
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(error), null);
        }
    }

    // Each on cache lines of its own.
    [StructLayout(LayoutKind.Explicit, Size = 512)]
    private struct Counters
    {
        [FieldOffset(128)]
        public int Next;

        [FieldOffset(256)]
        public int Arrived;

        [FieldOffset(384)]
        public int Phase;
    }
}
