using FluentAssertions;
using TurkishLlm.Plans;
using TurkishLlm.Tests.Unit.Plans;
using TurkishLlm.Training.Optimization;

namespace TurkishLlm.Tests.Unit.Training;

[Trait("Suite", "Fast")]
public sealed class LearningRateScheduleTests
{
    private static readonly LearningRateSchedule Round1 = new(3e-4, 3e-5, 500, 50_000);

    /// <summary>
    /// The table of the reference report, section 13, as printed to three digits. Its row for step 30,000 (1.48e-04) is omitted:
    /// the formula gives 1.25e-04 there, and every other row, before and after, agrees with the formula.
    /// </summary>
    [Theory]
    [InlineData(10, 6.00e-06)]
    [InlineData(100, 6.00e-05)]
    [InlineData(500, 3.00e-04)]
    [InlineData(1_000, 3.00e-04)]
    [InlineData(2_000, 2.99e-04)]
    [InlineData(3_000, 2.98e-04)]
    [InlineData(8_000, 2.85e-04)]
    [InlineData(10_000, 2.76e-04)]
    [InlineData(12_000, 2.66e-04)]
    [InlineData(19_000, 2.17e-04)]
    [InlineData(50_000, 3.00e-05)]
    public void Round_1_follows_the_printed_table(long step, double printed) =>
        Round1.GetLearningRate(step).Should().BeApproximately(printed, 0.0051e-04);

    /// <summary>Printed to two digits; the schedule is counted from the start of round 1.</summary>
    [Theory]
    [InlineData(95_000, 2.0e-04)]
    [InlineData(145_000, 1.1e-04)]
    [InlineData(195_000, 4.4e-05)]
    [InlineData(200_000, 4.0e-05)]
    [InlineData(228_000, 3.0e-05)]
    public void Round_2_follows_the_printed_table(long step, double printed) =>
        new LearningRateSchedule(3e-4, 3e-5, 500, 228_000)
            .GetLearningRate(step)
            .Should()
            .BeApproximately(printed, printed >= 1e-4 ? 0.051e-04 : 0.051e-05);

    [Fact]
    public void Step_30000_of_round_1_is_the_cosine_and_not_the_printed_value() =>
        Round1.GetLearningRate(30_000).Should().BeApproximately(1.249e-4, 0.001e-4);

    [Fact]
    public void The_first_step_moves() => Round1.GetLearningRate(1).Should().BeApproximately(3e-4 / 500, 1e-20);

    [Fact]
    public void Without_warm_up_it_falls_from_the_first_step() =>
        new LearningRateSchedule(1, 0, 0, 4).GetLearningRate(2).Should().BeApproximately(0.5, 1e-15);

    [Fact]
    public void Halfway_down_it_is_halfway_between_peak_and_minimum() =>
        new LearningRateSchedule(5e-3, 1e-3, 100, 300).GetLearningRate(200).Should().BeApproximately(3e-3, 1e-17);

    [Fact]
    public void A_minimum_at_the_peak_is_a_constant_rate() =>
        new[] { 2L, 3, 57, 100, 101 }
            .Select(new LearningRateSchedule(2e-4, 2e-4, 2, 100).GetLearningRate)
            .Should()
            .OnlyContain(rate => rate == 2e-4);

    [Fact]
    public void Follows_its_plan()
    {
        var schedule = LearningRateSchedule.FromPlan(TestPlans.Parse());
        (schedule.Peak, schedule.Minimum, schedule.WarmupSteps, schedule.Steps).Should().Be((1e-3, 1e-4, 20, 200));
    }

    [Theory]
    [InlineData(DecayShape.Linear, 0.75, 0.5, 0.25)]
    [InlineData(DecayShape.Sqrt, 0.5, 0.29289321881345254, 0.1339745962155614)]
    public void Stays_at_the_peak_until_its_decay(DecayShape shape, double first, double second, double third)
    {
        var schedule = new LearningRateSchedule(1, 0, 2, 20, ScheduleKind.Wsd, decaySteps: 4, shape);
        new long[] { 1, 2, 3, 16, 17, 18, 19, 20, 21 }.Select(step => Math.Round(schedule.GetLearningRate(step), 14))
            .Should().Equal(
                0.5, 1, 1, 1, Math.Round(first, 14), Math.Round(second, 14), Math.Round(third, 14), 0, 0);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(19)]
    public void Refuses_a_decay_without_room(long decay) =>
        Assert.Throws<ArgumentException>(() => new LearningRateSchedule(1, 0, 2, 20, ScheduleKind.Wsd, decay));

    [Fact]
    public void Refuses_step_0() => Assert.Throws<ArgumentOutOfRangeException>(() => Round1.GetLearningRate(0));

    [Theory]
    [InlineData(1e-5, 1e-4, 10, 100)]
    [InlineData(1e-4, 1e-5, 100, 100)]
    [InlineData(1e-4, 1e-5, -1, 100)]
    [InlineData(double.NaN, 1e-5, 10, 100)]
    public void Refuses_a_schedule_that_cannot_be(double peak, double minimum, long warmup, long steps) =>
        Assert.Throws<ArgumentException>(() => new LearningRateSchedule(peak, minimum, warmup, steps));
}
