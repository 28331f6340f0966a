using System.Globalization;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;

namespace TurkishLlm.Training.Safety;

/// <summary>
/// Watches from beside that steps come to their end. One that takes far longer than the others is told of while it hangs,
/// with what the process does meanwhile; one that hangs on and on ends the process, so that whoever supervises it can start
/// it again from its last checkpoint.
/// </summary>
/// <remarks>
/// Nothing is a stall before <see cref="FirstSteps"/> steps were measured. Time counts only while the process runs: neither a
/// sleeping laptop nor a stopped process is a stall.
/// </remarks>
public sealed class StallDetector : IDisposable
{
    /// <summary>Steps that are measured before anything is a stall.</summary>
    public const int FirstSteps = 16;

    private const int WindowSize = 64;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1), MinimumWarningTime = TimeSpan.FromSeconds(30), MinimumStopTime = TimeSpan.FromMinutes(10);

    private readonly Lock _lock = new();
    private readonly SafetyPlan _plan;
    private readonly TimeProvider _clock;
    private readonly Action<RunEvent> _onStall;
    private readonly Action<string> _terminate;
    private readonly Queue<TimeSpan> _durations = new();
    private readonly ITimer _timer;
    private long _step, _began, _lastTick;
    private TimeSpan _awake;
    private ProcessMetrics? _atFirstTick;
    private bool _warned;

    /// <param name="plan">How many times the median is a stall.</param>
    /// <param name="clock">Measures steps and wakes the watch.</param>
    /// <param name="onStall">Is told of stalls, on a thread of its own.</param>
    /// <param name="terminate">Ends the process; gets the last words.</param>
    public StallDetector(SafetyPlan plan, TimeProvider clock, Action<RunEvent> onStall, Action<string> terminate)
    {
        (_plan, _clock, _onStall, _terminate) = (plan, clock, onStall, terminate);
        _timer = clock.CreateTimer(_ => Tick(), null, Interval, Interval);
    }

    /// <summary>Does a step under watch.</summary>
    /// <param name="step">Its number.</param>
    /// <param name="action">The step.</param>
    public T Run<T>(long step, Func<T> action)
    {
        lock (_lock)
        {
            (_step, _awake, _warned, _atFirstTick) = (step, TimeSpan.Zero, false, null);
            _began = _lastTick = _clock.GetTimestamp();
        }
        var done = false;
        try
        {
            var result = action();
            done = true;
            return result;
        }
        finally
        {
            lock (_lock)
            {
                _step = 0;
                if (done) RecordDuration(_clock.GetElapsedTime(_began));
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void RecordDuration(TimeSpan duration)
    {
        if (_durations.Count == WindowSize) _durations.Dequeue();
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
            var facts = ProcessMetrics.Read();
            _atFirstTick ??= facts;

            var median = _durations.Order().ElementAt(_durations.Count / 2);
            stop = _awake > GetThreshold(_plan.StallStopFactor, median, MinimumStopTime);
            if (!stop && (_warned || _awake <= GetThreshold(_plan.StallWarningFactor, median, MinimumWarningTime))) return;
            _warned = true;
            stall = CreateEvent(median, facts, stop);
            if (stop) _step = 0;
        }
        _onStall(stall);
        if (stop) _terminate(stall.Message);
    }

    private static TimeSpan GetThreshold(double times, TimeSpan median, TimeSpan least) =>
        times == 0 ? TimeSpan.MaxValue : times * median > least ? times * median : least;

    private RunEvent CreateEvent(TimeSpan median, ProcessMetrics now, bool stop)
    {
        var processor = now.ProcessorSeconds - _atFirstTick!.ProcessorSeconds;
        var does = processor < 0.1 * _awake.TotalSeconds ? "it waits, for a device, a disk or another process" : "it computes";
        var numbers = new Dictionary<string, double>
        {
            ["seconds"] = _awake.TotalSeconds, ["median_seconds"] = median.TotalSeconds, ["processor_seconds"] = processor,
            ["threads"] = now.ThreadCount, ["running_threads"] = now.RunningThreadCount, ["memory_bytes"] = now.MemoryBytes,
        };
        var text = string.Create(CultureInfo.InvariantCulture,
            $"Step {_step} has taken {ShortNumber.FormatDuration(_awake.TotalSeconds)} so far, the median is {ShortNumber.FormatDuration(median.TotalSeconds)}. Meanwhile the process used {ShortNumber.FormatDuration(processor)} of processor time, with {now.RunningThreadCount} of {now.ThreadCount} threads running and {ShortNumber.FormatBytes(now.MemoryBytes)} of memory: {does}.")
            + (stop ? " The process ends here, to be started again: go on from the last checkpoint with --resume auto." : "");
        return new(_step, EventKind.Stall, stop ? EventAction.Stopped : EventAction.Logged, text, numbers);
    }
}
