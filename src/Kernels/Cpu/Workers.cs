using System.Runtime.ExceptionServices;
using TorchSharp;

namespace TurkishLlm.Kernels.Cpu;

/// <summary>
/// A pool of threads that share the tasks of one operator; its size is that of <c>torch.set_num_threads</c>. Each task runs on
/// the next free thread, so tasks must not depend on each other or on their thread.
/// </summary>
/// <remarks>
/// The threads sleep between operators, like those of libtorch, so that only one of the two pools runs at a time. Waking a thread
/// takes about 25 µs on two cores (with libtorch's OpenMP, between 7 and 90 µs); spinning was slower overall.
/// </remarks>
internal static class Workers
{
    private static readonly Lock Busy = new();
    private static readonly List<SemaphoreSlim> Signals = [];
    private static Job? _job;

    /// <summary>Runs all tasks and returns when they are complete.</summary>
    /// <param name="count">Number of tasks.</param>
    /// <param name="task">Runs one task; receives its number, 0 … <paramref name="count"/> − 1.</param>
    public static void Run(int count, Action<int> task)
    {
        var threads = Math.Min(torch.get_num_threads(), count);
        // Another thread may run an operator at this moment: then this thread runs all tasks itself.
        if (threads <= 1 || !Busy.TryEnter())
        {
            for (var i = 0; i < count; i++) task(i);
            return;
        }
        try
        {
            while (Signals.Count < threads - 1) StartWorker();
            using var job = new Job(count, task, threads - 1);
            Volatile.Write(ref _job, job);
            for (var i = 0; i < threads - 1; i++) Signals[i].Release();
            job.RunTasks();
            job.Wait();
            _job = null;
        }
        finally
        {
            Busy.Exit();
        }
    }

    private static void StartWorker()
    {
        var signal = new SemaphoreSlim(0);
        Signals.Add(signal);
        new Thread(() =>
        {
            while (true)
            {
                signal.Wait();
                var job = Volatile.Read(ref _job)!;
                job.RunTasks();
                job.SignalCompletion();
            }
        })
        { IsBackground = true, Name = $"operator worker {Signals.Count}" }.Start();
    }

    private sealed class Job(int count, Action<int> task, int helpers) : IDisposable
    {
        private readonly ManualResetEventSlim _done = new(helpers == 0);
        private int _next = -1, _helpers = helpers;
        private ExceptionDispatchInfo? _failure;

        public void RunTasks()
        {
            try
            {
                for (int i; (i = Interlocked.Increment(ref _next)) < count;) task(i);
            }
#pragma warning disable CA1031 // Rethrown by the calling thread.
            catch (Exception error)
#pragma warning restore CA1031
            {
                _failure = ExceptionDispatchInfo.Capture(error);
                Volatile.Write(ref _next, count);
            }
        }

        public void SignalCompletion()
        {
            if (Interlocked.Decrement(ref _helpers) == 0) _done.Set();
        }

        public void Wait()
        {
            _done.Wait();
            _failure?.Throw();
        }

        public void Dispose() => _done.Dispose();
    }
}
