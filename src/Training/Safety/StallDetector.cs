using System.Globalization;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;

namespace TurkishLlm.Training.Safety;

/// <summary>
/// Detects steps that hang. A step that takes far longer than the others raises an event with the resource usage of the process;
/// a step that takes even longer ends the process, so that its supervisor can restart it from its last checkpoint.
/// </summary>
/// <remarks>
/// No step is a stall before <see cref="FirstSteps"/> steps were measured. Time counts only while the process runs: a sleeping
/// laptop or a stopped process is not a stall.
/// </remarks>
public sealed class StallDetector : IDisposable
{
    /// <summary>Number of steps that are measured before a step can be a stall.</summary>
    public const int FirstSteps = 16;

    private const int WindowSize = 64;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1),
        MinimumWarningTime = TimeSpan.FromSeconds(30),
        MinimumStopTime = TimeSpan.FromMinutes(10);

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

    /// <param name="plan">Thresholds, as multiples of the median step time.</param>
    /// <param name="clock">The clock that measures steps and triggers the checks.</param>
    /// <param name="onStall">Receives the events, on another thread.</param>
    /// <param name="terminate">Ends the process; receives the message.</param>
    public StallDetector(SafetyPlan plan, TimeProvider clock, Action<RunEvent> onStall, Action<string> terminate)
    {
        (_plan, _clock, _onStall, _terminate) = (plan, clock, onStall, terminate);
        _timer = clock.CreateTimer(_ => Tick(), null, Interval, Interval);
    }

    /// <summary>Runs a step while watching it.</summary>
    /// <param name="step">The number of the step.</param>
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
            // If the process was stopped or the machine slept, the tick comes late.
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
        var does =
            processor < 0.1 * _awake.TotalSeconds
                ? "the process waits for a device, a disk or another process"
                : "the process computes";
        var numbers = new Dictionary<string, double>
        {
            ["seconds"] = _awake.TotalSeconds, ["median_seconds"] = median.TotalSeconds, ["processor_seconds"] = processor,
            ["threads"] = now.ThreadCount, ["running_threads"] = now.RunningThreadCount, ["memory_bytes"] = now.MemoryBytes,
        };
        var text = string.Create(CultureInfo.InvariantCulture,
            $"Step {_step} has taken {ShortNumber.FormatDuration(_awake.TotalSeconds)} so far; "
                + $"the median is {ShortNumber.FormatDuration(median.TotalSeconds)}. CPU time since then: "
                    + $"{ShortNumber.FormatDuration(processor)}; "
                + $"running threads: {now.RunningThreadCount} of {now.ThreadCount}; memory: "
                    + $"{ShortNumber.FormatBytes(now.MemoryBytes)}; {does}.")
            + (stop ? " Ending the process. Resume from the last checkpoint with --resume auto." : "");
        return new(_step, EventKind.Stall, stop ? EventAction.Stopped : EventAction.Logged, text, numbers);
    }
}
