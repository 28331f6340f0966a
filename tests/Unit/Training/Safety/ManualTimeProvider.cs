namespace TurkishLlm.Tests.Unit.Training.Safety;

/// <summary>A clock that advances only on request.</summary>
internal sealed class ManualTimeProvider : TimeProvider
{
    private readonly List<Timer> _timers = [];
    private TimeSpan _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _now.Ticks;

    public override DateTimeOffset GetUtcNow() => new DateTimeOffset(2027, 3, 5, 7, 8, 9, TimeSpan.Zero) + _now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, () => callback(state), dueTime, period);
        _timers.Add(timer);
        return timer;
    }

    /// <summary>Advances the clock; timers fire on time.</summary>
    public void Advance(double seconds)
    {
        for (var end = _now + TimeSpan.FromSeconds(seconds); _now < end;)
        {
            _now = _timers.Select(timer => timer.Due).Append(end).Where(due => due > _now).Min();
            FireDueTimers();
        }
    }

    /// <summary>Advances the clock at once, as for a process that was stopped; timers fire once, late.</summary>
    public void Jump(double seconds)
    {
        _now += TimeSpan.FromSeconds(seconds);
        FireDueTimers();
    }

    private void FireDueTimers()
    {
        foreach (var timer in _timers.Where(timer => timer.Due <= _now).ToArray()) timer.Fire();
    }

    private sealed class Timer(ManualTimeProvider clock, Action callback, TimeSpan due, TimeSpan period) : ITimer
    {
        public TimeSpan Due { get; private set; } = clock._now + due;

        public void Fire()
        {
            Due = clock._now + period;
            callback();
        }

        public bool Change(TimeSpan dueTime, TimeSpan newPeriod) => throw new NotSupportedException();

        public void Dispose() => clock._timers.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
