using FluentAssertions;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Training.Safety;

namespace TurkishLlm.Tests.Unit.Training.Safety;

public sealed class StallWatchTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly List<RunEvent> _events = [];
    private readonly List<string> _exitReasons = [];

    [Fact]
    public void Reports_a_hanging_step_once_while_it_hangs()
    {
        using var watch = Watch(steps: 16, seconds: 2);
        watch.Run(17, () =>
        {
            _clock.Advance(39);
            _events.Should().BeEmpty("20 times the median are 40 seconds");
            _clock.Advance(3);
            _events.Should().ContainSingle();
            _clock.Advance(200);
            return 0;
        });

        var stall = _events.Should().ContainSingle().Which;
        (stall.Step, stall.Kind, stall.Action).Should().Be((17, EventKind.Stall, EventAction.Logged));
        stall
            .Message.Should()
            .MatchRegex(
                "^Step 17 has taken 4[01](\\.\\d+)? s so far; the median is 2 s\\. CPU time since then: .*; running "
                    + "threads: \\d+ of \\d+; memory: .*; the process (waits|computes).*\\.$");
        stall.Values["median_seconds"].Should().Be(2);
        stall.Values["threads"].Should().BeGreaterThan(1);
        _exitReasons.Should().BeEmpty();
    }

    [Fact]
    public void Ends_the_process_when_it_hangs_on()
    {
        using var watch = Watch(steps: 20, seconds: 5);
        watch.Run(21, () =>
        {
            _clock.Advance(999);
            _exitReasons.Should().BeEmpty("200 times the median are 1,000 seconds");
            _clock.Advance(3);
            return 0;
        });
        _events.Select(what => what.Action).Should().Equal(EventAction.Logged, EventAction.Stopped);
        _exitReasons.Should().Equal(_events[^1].Message);
        _exitReasons[0].Should().EndWith(" Ending the process. Resume from the last checkpoint with --resume auto.");
    }

    [Fact]
    public void A_short_step_may_take_half_a_minute_whatever_the_median()
    {
        using var watch = Watch(steps: 30, seconds: 0.01);
        watch.Run(31, () => { _clock.Advance(29); return 0; });
        _events.Should().BeEmpty();
        watch.Run(32, () => { _clock.Advance(32); return 0; });
        _events.Should().ContainSingle();
        watch.Run(33, () => { _clock.Advance(595); return 0; });
        _exitReasons.Should().BeEmpty("nothing is ended within ten minutes");
    }

    [Fact]
    public void Nothing_is_a_stall_before_enough_steps_were_measured()
    {
        using var watch = Watch(steps: StallDetector.FirstSteps - 1, seconds: 1);
        watch.Run(99, () => { _clock.Advance(5000); return 0; });
        (_events.Count, _exitReasons.Count).Should().Be((0, 0));
    }

    [Fact]
    public void A_process_that_was_stopped_has_not_stalled()
    {
        using var watch = Watch(steps: 16, seconds: 1);
        watch.Run(17, () =>
        {
            for (var night = 0; night < 9; night++) _clock.Jump(8 * 3600);
            _clock.Advance(15);
            return 0;
        });
        (_events.Count, _exitReasons.Count).Should().Be((0, 0));
    }

    [Fact]
    public void The_time_between_steps_counts_for_nothing()
    {
        using var watch = Watch(steps: 16, seconds: 1);
        _clock.Advance(5000);
        (_events.Count, _exitReasons.Count).Should().Be((0, 0));
    }

    [Fact]
    public void Zero_disables_it()
    {
        using var watch = Watch(steps: 16, seconds: 1, new SafetyPlan { StallWarningFactor = 0, StallStopFactor = 0 });
        watch.Run(17, () => { _clock.Advance(3_000); return 0; });
        (_events.Count, _exitReasons.Count).Should().Be((0, 0));
    }

    private StallDetector Watch(int steps, double seconds, SafetyPlan? plan = null)
    {
        var watch = new StallDetector(plan ?? new(), _clock, _events.Add, _exitReasons.Add);
        for (var step = 1; step <= steps; step++)
            watch.Run(step, () => { _clock.Advance(seconds); return 0; });
        return watch;
    }
}
