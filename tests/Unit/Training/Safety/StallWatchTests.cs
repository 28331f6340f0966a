using FluentAssertions;
using TurkishLlm.Training;

namespace TurkishLlm.Tests.Unit.Training.Safety;

public sealed class StallWatchTests
{
    private readonly ManualClock _clock = new();
    private readonly List<RunEvent> _told = [];
    private readonly List<string> _ends = [];

    [Fact]
    public void Tells_of_a_step_that_hangs_while_it_hangs_and_only_once()
    {
        using var watch = Watch(steps: 16, seconds: 2);
        watch.During(17, () =>
        {
            _clock.Pass(39);
            _told.Should().BeEmpty("20 times the median are 40 seconds");
            _clock.Pass(3);
            _told.Should().ContainSingle();
            _clock.Pass(200);
            return 0;
        });

        var stall = _told.Should().ContainSingle().Which;
        (stall.Step, stall.Kind, stall.Action).Should().Be((17, EventKind.Stall, EventAction.Logged));
        stall.Message.Should().MatchRegex("^Step 17 has taken 4[01](\\.\\d+)? s so far, the median is 2 s\\. Meanwhile the process used .* of processor time, with \\d+ of \\d+ threads running and .* of memory: it (waits|computes).*\\.$");
        stall.Numbers["median_seconds"].Should().Be(2);
        stall.Numbers["threads"].Should().BeGreaterThan(1);
        _ends.Should().BeEmpty();
    }

    [Fact]
    public void Ends_the_process_when_it_hangs_on()
    {
        using var watch = Watch(steps: 20, seconds: 5);
        watch.During(21, () =>
        {
            _clock.Pass(999);
            _ends.Should().BeEmpty("200 times the median are 1,000 seconds");
            _clock.Pass(3);
            return 0;
        });
        _told.Select(what => what.Action).Should().Equal(EventAction.Logged, EventAction.Stopped);
        _ends.Should().Equal(_told[^1].Message);
        _ends[0].Should().EndWith(" The process ends here, to be started again: go on from the last checkpoint with --resume auto.");
    }

    [Fact]
    public void A_short_step_may_take_half_a_minute_whatever_the_median()
    {
        using var watch = Watch(steps: 30, seconds: 0.01);
        watch.During(31, () => { _clock.Pass(29); return 0; });
        _told.Should().BeEmpty();
        watch.During(32, () => { _clock.Pass(32); return 0; });
        _told.Should().ContainSingle();
        watch.During(33, () => { _clock.Pass(595); return 0; });
        _ends.Should().BeEmpty("nothing is ended within ten minutes");
    }

    [Fact]
    public void Nothing_is_a_stall_before_enough_steps_were_measured()
    {
        using var watch = Watch(steps: StallWatch.FirstSteps - 1, seconds: 1);
        watch.During(99, () => { _clock.Pass(5000); return 0; });
        (_told.Count, _ends.Count).Should().Be((0, 0));
    }

    [Fact]
    public void A_process_that_was_stopped_has_not_stalled()
    {
        using var watch = Watch(steps: 16, seconds: 1);
        watch.During(17, () =>
        {
            for (var night = 0; night < 9; night++) _clock.Jump(8 * 3600);
            _clock.Pass(15);
            return 0;
        });
        (_told.Count, _ends.Count).Should().Be((0, 0));
    }

    [Fact]
    public void The_time_between_steps_counts_for_nothing()
    {
        using var watch = Watch(steps: 16, seconds: 1);
        _clock.Pass(5000);
        (_told.Count, _ends.Count).Should().Be((0, 0));
    }

    [Fact]
    public void Zero_switches_it_off()
    {
        using var watch = Watch(steps: 16, seconds: 1, new SafetyPlan { StallWarning = 0, StallStop = 0 });
        watch.During(17, () => { _clock.Pass(3_000); return 0; });
        (_told.Count, _ends.Count).Should().Be((0, 0));
    }

    private StallWatch Watch(int steps, double seconds, SafetyPlan? plan = null)
    {
        var watch = new StallWatch(plan ?? new(), _clock, _told.Add, _ends.Add);
        for (var step = 1; step <= steps; step++)
            watch.During(step, () => { _clock.Pass(seconds); return 0; });
        return watch;
    }
}
