using FluentAssertions;
using TurkishLlm.Plans;
using TurkishLlm.Training.Checkpoints;
using TurkishLlm.Training.Safety;

namespace TurkishLlm.Tests.Unit.Training.Safety;

[Trait("Suite", "Fast")]
public sealed class DivergenceGuardTests
{
    private static readonly SafetyPlan Plan = new()
    {
        SpikeWindow = 4,
        SpikeZScore = 3,
        OnSpike = DivergenceAction.Skip,
        OnDivergence = DivergenceAction.Rollback,
        MaxRefusedBatches = 2,
    };

    [Theory]
    [InlineData(5.1, 1.2, null)]
    [InlineData(7.5, 1.2, DivergenceAction.Skip)]                                   // the loss
    [InlineData(5.1, 9.5, DivergenceAction.Skip)]                                   // the norm
    [InlineData(0.5, 0.1, null)]                                          // far below is good news
    [InlineData(double.NaN, 1.2, DivergenceAction.Rollback)]
    [InlineData(5.1, double.PositiveInfinity, DivergenceAction.Rollback)]
    public void Decides_as_the_plan_says(double loss, double norm, DivergenceAction? expected) =>
        Full().Check(loss, norm).Action.Should().Be(expected);

    [Fact]
    public void Nothing_has_jumped_before_the_window_is_full()
    {
        var guard = new DivergenceGuard(Plan, SafetyState.Initial);
        foreach (var loss in new[] { 5.0, 90, 5.5 })
        {
            var verdict = guard.Check(loss, loss / 4);
            (verdict.Action, verdict.LossZScore).Should().Be((null, null));
            guard.Accept(verdict);
        }
        guard.Check(double.NaN, 1).Action.Should().Be(DivergenceAction.Rollback, "a NaN needs no comparison");
    }

    [Fact]
    public void Judging_changes_no_state()
    {
        var guard = Full();
        for (var i = 0; i < 9; i++) guard.Check(100, 100).Action.Should().Be(DivergenceAction.Skip);
        guard.RecentLosses.Should().Equal(5.0, 5.2, 4.9, 5.1);
        guard.RecentNorms.Should().Equal(1.0, 1.3, 1.1, 1.4);
    }

    [Fact]
    public void Stops_when_too_many_were_refused()
    {
        var guard = Full();
        guard.Refuse();
        guard.Refuse();
        var verdict = guard.Check(double.NaN, double.NaN);
        (verdict.Action, verdict.IsLimitReached).Should().Be((DivergenceAction.Stop, true));
        new DivergenceException(812, 2.5e-4, verdict).Message.Should().Be(
            "Training stopped at step 812: the loss is NaN, the gradient norm NaN, at learning rate 2.5E-4. "
                + "The weights are those of step 811. "
            + "The run has already refused as many batches as safety.max_refused_batches allows, so single bad "
            + "batches are not the cause. "
            + "Resume from the last checkpoint with a lower optimizer.learning_rate or a longer "
            + "optimizer.warmup_steps, or with a higher safety.max_refused_batches.");
        new DivergenceException(812, 2.5e-4, guard.Check(9.25, 55)).Message.Should().Match(
            "Training stopped at step 812: the loss is 9.25 (* standard deviations above the recent steps), "
                + "the gradient norm 55 (* standard deviations above the recent steps), at learning rate 2.5E-4. * "
                + "with a higher safety.spike_zscore, or with a higher safety.max_refused_batches.");
    }

    [Fact]
    public void Restores_its_state_after_an_interruption()
    {
        var guard = Full();
        guard.Refuse();
        var again = new DivergenceGuard(
            Plan,
            new SafetyState(3, guard.RefusedBatches, null, guard.RecentLosses, guard.RecentNorms));
        again
            .Check(5.9, 1.5)
            .Should()
            .Be(guard.Check(5.9, 1.5))
            .And.NotBe(new DivergenceGuard(Plan, SafetyState.Initial).Check(5.9, 1.5));
        again.RefusedBatches.Should().Be(1);
    }

    [Fact]
    public void A_smaller_window_takes_the_newest_of_what_was_saved() =>
        new DivergenceGuard(Plan with { SpikeWindow = 2 }, new SafetyState(0, 0, null, [9, 8, 7, 6], [1, 2, 3, 4]))
            .RecentLosses.Should()
            .Equal(7, 6);

    [Fact]
    public void Small_fluctuations_of_a_constant_loss_are_no_spike()
    {
        var window = new SpikeWindow(3, [2.0, 2.0, 2.0]);
        window.GetZScore(2.0001).Should().BeApproximately(0.5, 1e-9);
        window.GetZScore(3).Should().BeGreaterThan(1000);
    }

    [Fact]
    public void Zero_disables_the_guard() => Full(Plan with { SpikeZScore = 0 }).Check(1e9, 1e9).Action.Should().BeNull();

    private static DivergenceGuard Full(SafetyPlan? plan = null)
    {
        var guard = new DivergenceGuard(plan ?? Plan, SafetyState.Initial);
        foreach (var (loss, norm) in new[] { (6.6, 2.5), (5.0, 1.0), (5.2, 1.3), (4.9, 1.1), (5.1, 1.4) })
            guard.Accept(new(loss, norm, null, null, null));
        return guard;
    }
}
