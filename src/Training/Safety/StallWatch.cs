using System.Globalization;

namespace TurkishLlm.Training;

/// <summary>
/// Watches from beside that steps come to their end. One that takes far longer than the others is told of while it hangs,
/// with what the process does meanwhile; one that hangs on and on ends the process, so that whoever supervises it can start
/// it again from its last checkpoint.
/// </summary>
/// <remarks>
/// Nothing is a stall before <see cref="FirstSteps"/> steps were measured. Time counts only while the process runs: neither a
/// sleeping laptop nor a stopped process is a stall.
/// </remarks>
public sealed class StallWatch : IDisposable
{
    /// <summary>Steps that are measured before anything is a stall.</summary>
    public const int FirstSteps = 16;

    private const int Remembered = 64;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1), LeastWarning = TimeSpan.FromSeconds(30), LeastStop = TimeSpan.FromMinutes(10);

    private readonly Lock _lock = new();
    private readonly SafetyPlan _plan;
    private readonly TimeProvider _clock;
    private readonly Action<RunEvent> _tell;
    private readonly Action<string> _end;
    private readonly Queue<TimeSpan> _durations = new();
    private readonly ITimer _timer;
    private long _step, _began, _lastTick;
    private TimeSpan _awake;
    private ProcessFacts? _atFirstTick;
    private bool _warned;

    /// <param name="plan">How many times the median is a stall.</param>
    /// <param name="clock">Measures steps and wakes the watch.</param>
    /// <param name="tell">Is told of stalls, on a thread of its own.</param>
    /// <param name="end">Ends the process; gets the last words.</param>
    public StallWatch(SafetyPlan plan, TimeProvider clock, Action<RunEvent> tell, Action<string> end)
    {
        (_plan, _clock, _tell, _end) = (plan, clock, tell, end);
        _timer = clock.CreateTimer(_ => Tick(), null, Interval, Interval);
    }

    /// <summary>Does a step under watch.</summary>
    /// <param name="step">Its number.</param>
    /// <param name="take">The step.</param>
    public T During<T>(long step, Func<T> take)
    {
        lock (_lock)
        {
            (_step, _awake, _warned, _atFirstTick) = (step, TimeSpan.Zero, false, null);
            _began = _lastTick = _clock.GetTimestamp();
        }
        var done = false;
        try
        {
            var result = take();
            done = true;
            return result;
        }
        finally
        {
            lock (_lock)
            {
                _step = 0;
                if (done) Remember(_clock.GetElapsedTime(_began));
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Remember(TimeSpan duration)
    {
        if (_durations.Count == Remembered) _durations.Dequeue();
        _durations.Enqueue(duration);
    }

    private void Tick()
    {
        RunEvent? stall = null;
        var stop = false;
        lock (_lock)
        {
            if (_step == 0 || _durations.Count < FirstSteps) return;
            var now = _clock.GetTimestamp();
            var since = _clock.GetElapsedTime(_lastTick, now);
            // A process that was stopped or a machine that slept shows in a tick that comes late.
            _awake += since > 2 * Interval ? Interval : since;
            _lastTick = now;
            var facts = ProcessFacts.Read();
            _atFirstTick ??= facts;

            var median = _durations.Order().ElementAt(_durations.Count / 2);
            stop = _awake > Bound(_plan.StallStop, median, LeastStop);
            if (!stop && (_warned || _awake <= Bound(_plan.StallWarning, median, LeastWarning))) return;
            _warned = true;
            stall = Event(median, facts, stop);
            if (stop) _step = 0;
        }
        _tell(stall);
        if (stop) _end(stall.Message);
    }

    private static TimeSpan Bound(double times, TimeSpan median, TimeSpan least) =>
        times == 0 ? TimeSpan.MaxValue : times * median > least ? times * median : least;

    private RunEvent Event(TimeSpan median, ProcessFacts now, bool stop)
    {
        var processor = now.ProcessorSeconds - _atFirstTick!.ProcessorSeconds;
        var does = processor < 0.1 * _awake.TotalSeconds ? "it waits, for a device, a disk or another process" : "it computes";
        var numbers = new Dictionary<string, double>
        {
            ["seconds"] = _awake.TotalSeconds, ["median_seconds"] = median.TotalSeconds, ["processor_seconds"] = processor,
            ["threads"] = now.Threads, ["running_threads"] = now.RunningThreads, ["memory_bytes"] = now.MemoryBytes,
        };
        var text = string.Create(CultureInfo.InvariantCulture,
            $"Step {_step} has taken {ShortNumber.Duration(_awake.TotalSeconds)} so far, the median is {ShortNumber.Duration(median.TotalSeconds)}. Meanwhile the process used {ShortNumber.Duration(processor)} of processor time, with {now.RunningThreads} of {now.Threads} threads running and {ShortNumber.Bytes(now.MemoryBytes)} of memory: {does}.")
            + (stop ? " The process ends here, to be started again: go on from the last checkpoint with --resume auto." : "");
        return new(_step, EventKind.Stall, stop ? EventAction.Stopped : EventAction.Logged, text, numbers);
    }
}
