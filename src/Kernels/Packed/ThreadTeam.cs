using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace TurkishLlm.Kernels.Packed;

/// <summary>
/// Threads that run one program together, phase by phase: in each phase they take its tasks one by one, and it ends when all of
/// them are complete. Nothing is allocated by a run.
/// </summary>
/// <remarks>
/// A phase of decoding takes microseconds, so waiting threads spin; then they yield their processor, because another process may
/// need it. Nothing waits for a thread that has no task: on a busy machine a helper may sleep through a run, and then passes its
/// phases without a task. So every run must have the same number of phases, and tasks must not depend on their thread.
/// </remarks>
internal sealed class ThreadTeam : IDisposable
{
    // About ten microseconds.
    private const int SpinCount = 200, SpinLength = 20;

    private readonly SemaphoreSlim[] _signals;
    private readonly Thread[] _helpers;
    private readonly Member _caller;
    private Action<Member>? _program;
    private ExceptionDispatchInfo? _failure;
    private volatile bool _isDisposed;
    private Counters _counters;

    /// <param name="count">Number of threads, including the one that calls <see cref="Run"/>.</param>
    public ThreadTeam(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        Count = count;
        _caller = new(this);
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

    /// <summary>Runs a program on all threads and returns when all its tasks are complete.</summary>
    /// <param name="program">The program.</param>
    public void Run(Action<Member> program)
    {
        ArgumentNullException.ThrowIfNull(program);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        _failure?.Throw();
        _program = program;
        foreach (var signal in _signals) signal.Release();
        Join(program, _caller);
        _failure?.Throw();
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
        var member = new Member(this);
        while (true)
        {
            signal.Wait();
            if (_isDisposed) return;
            Join(_program!, member);
        }
    }

    private void Join(Action<Member> program, Member member)
    {
        try
        {
            program(member);
        }
#pragma warning disable CA1031 // Rethrown by the calling thread.
        catch (Exception error)
#pragma warning restore CA1031
        {
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(error), null);
        }
    }

    /// <summary>A thread of a team, within a program.</summary>
    /// <param name="team">The team.</param>
    internal sealed class Member(ThreadTeam team)
    {
        private int _phase;
        private bool _hasTask;

        /// <summary>Completes the current task and takes the next one of the phase.</summary>
        /// <param name="count">Number of tasks of the phase; at least one.</param>
        /// <param name="task">Receives the number of the task, 0 … <paramref name="count"/> − 1.</param>
        /// <returns>False at the end of the phase, when all its tasks are complete.</returns>
        public bool TryTake(int count, out int task)
        {
            if (_hasTask) Complete(count);
            _hasTask = TryTakeNext(count, out task);
            if (_hasTask) return true;
            WaitForEnd();
            _phase++;
            return false;
        }

        // The upper half of the state is the phase, the lower half the next task.
        private bool TryTakeNext(int count, out int task)
        {
            while (true)
            {
                var state = Volatile.Read(ref team._counters.State);
                task = (int)state;
                if ((int)(state >> 32) != _phase || task >= count) return false;
                if (Interlocked.CompareExchange(ref team._counters.State, state + 1, state) == state) return true;
            }
        }

        private void Complete(int count)
        {
            if (Interlocked.Increment(ref team._counters.Completed) < count) return;
            team._counters.Completed = 0;
            Volatile.Write(ref team._counters.State, (long)(_phase + 1) << 32);
        }

        private void WaitForEnd()
        {
            for (var waits = 0; (int)(Volatile.Read(ref team._counters.State) >> 32) == _phase; waits++)
            {
                if (Volatile.Read(ref team._failure) is not null) throw new OperationCanceledException("Another thread failed.");
                if (waits < SpinCount) Thread.SpinWait(SpinLength);
                else Thread.Yield();
            }
        }
    }

    // Each on cache lines of its own.
    [StructLayout(LayoutKind.Explicit, Size = 384)]
    private struct Counters
    {
        [FieldOffset(128)]
        public long State;

        [FieldOffset(256)]
        public int Completed;
    }
}
