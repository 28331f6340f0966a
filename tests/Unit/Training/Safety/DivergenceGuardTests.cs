using FluentAssertions;
using TurkishLlm.Training;

namespace TurkishLlm.Tests.Unit.Training.Safety;

[Trait("Suite", "Fast")]
public sealed class DivergenceGuardTests
{
    private static readonly SafetyPlan Plan = new() { SpikeWindow = 4, SpikeZScore = 3, OnSpike = Remedy.Skip, OnDivergence = Remedy.Rollback, MaxEvents = 2 };

    [Theory]
    [InlineData(5.1, 1.2, null)]
    [InlineData(7.5, 1.2, Remedy.Skip)]                                   // the loss
    [InlineData(5.1, 9.5, Remedy.Skip)]                                   // the norm
    [InlineData(0.5, 0.1, null)]                                          // far below is good news
    [InlineData(double.NaN, 1.2, Remedy.Rollback)]
    [InlineData(5.1, double.PositiveInfinity, Remedy.Rollback)]
    public void Decides_as_the_plan_says(double loss, double norm, Remedy? expected) => Full().Judge(loss, norm).Remedy.Should().Be(expected);

    [Fact]
    public void Nothing_has_jumped_before_the_window_is_full()
    {
        var guard = new DivergenceGuard(Plan, SafetyState.Initial);
        foreach (var loss in new[] { 5.0, 90, 5.5 })
        {
            var verdict = guard.Judge(loss, loss / 4);
            (verdict.Remedy, verdict.LossZ).Should().Be((null, null));
            guard.Accept(verdict);
        }
        guard.Judge(double.NaN, 1).Remedy.Should().Be(Remedy.Rollback, "a NaN needs no comparison");
    }

    [Fact]
    public void Judging_remembers_nothing()
    {
        var guard = Full();
        for (var i = 0; i < 9; i++) guard.Judge(100, 100).Remedy.Should().Be(Remedy.Skip);
        guard.RecentLosses.Should().Equal(5.0, 5.2, 4.9, 5.1);
        guard.RecentNorms.Should().Equal(1.0, 1.3, 1.1, 1.4);
    }

    [Fact]
    public void Stops_when_too_many_were_refused()
    {
        var guard = Full();
        guard.Refuse();
        guard.Refuse();
        var verdict = guard.Judge(double.NaN, double.NaN);
        (verdict.Remedy, verdict.TooMany).Should().Be((Remedy.Stop, true));
        new DivergenceException(812, 2.5e-4, verdict).Message.Should().Be(
            "Training stopped at step 812: the loss is NaN, the gradient norm NaN, at learning rate 2.5E-4. The weights of step 811 are untouched. "
            + "As many batches were refused before as safety.max_events allows: this is no accident of the data. "
            + "Go on from the last checkpoint with a lower optimizer.learning_rate or a longer optimizer.warmup_steps, or with a higher safety.max_events.");
        new DivergenceException(812, 2.5e-4, guard.Judge(9.25, 55)).Message.Should().Match(
            "Training stopped at step 812: the loss is 9.25 (* standard deviations above the steps before), the gradient norm 55 (* standard deviations above the steps before), at learning rate 2.5E-4. * with a higher safety.spike_zscore, or with a higher safety.max_events.");
    }

    [Fact]
    public void Remembers_over_an_interruption()
    {
        var guard = Full();
        guard.Refuse();
        var again = new DivergenceGuard(Plan, new SafetyState(3, guard.Refused, null, guard.RecentLosses, guard.RecentNorms));
        again.Judge(5.9, 1.5).Should().Be(guard.Judge(5.9, 1.5)).And.NotBe(new DivergenceGuard(Plan, SafetyState.Initial).Judge(5.9, 1.5));
        again.Refused.Should().Be(1);
    }

    [Fact]
    public void A_smaller_window_takes_the_newest_of_what_was_saved() =>
        new DivergenceGuard(Plan with { SpikeWindow = 2 }, new SafetyState(0, 0, null, [9, 8, 7, 6], [1, 2, 3, 4])).RecentLosses.Should().Equal(7, 6);

    [Fact]
    public void What_hardly_varies_does_not_jump_at_every_breath()
    {
        var window = new SpikeWindow(3, [2.0, 2.0, 2.0]);
        window.ZScore(2.0001).Should().BeApproximately(0.5, 1e-9);
        window.ZScore(3).Should().BeGreaterThan(1000);
    }

    [Fact]
    public void Zero_never_looks() => Full(Plan with { SpikeZScore = 0 }).Judge(1e9, 1e9).Remedy.Should().BeNull();

    private static DivergenceGuard Full(SafetyPlan? plan = null)
    {
        var guard = new DivergenceGuard(plan ?? Plan, SafetyState.Initial);
        foreach (var (loss, norm) in new[] { (6.6, 2.5), (5.0, 1.0), (5.2, 1.3), (4.9, 1.1), (5.1, 1.4) }) guard.Accept(new(loss, norm, null, null, null));
        return guard;
    }
}
