using FsCheck;
using FsCheck.Fluent;
using TurkishLlm.Training.Optimization;

namespace TurkishLlm.Tests.Property.Training;

public sealed class ScheduleProperties
{
    private static Arbitrary<LearningRateSchedule> Schedules { get; } = (
        from warmup in Gen.Choose(0, 300)
        from rest in Gen.Choose(1, 3000)
        from peak in Gen.Choose(1, 1000)
        from share in Gen.Choose(0, 100)
        select new LearningRateSchedule(peak * 1e-5, peak * (share / 100.0) * 1e-5, warmup, warmup + rest)).ToArbitrary();

    [Fact]
    public void Warm_up_is_a_straight_ramp_to_the_peak() => Check(s =>
        Steps(1, s.WarmupSteps).All(n => Near(s.GetLearningRate(n), s.Peak * n / s.WarmupSteps))
        && (s.WarmupSteps == 0 || s.GetLearningRate(s.WarmupSteps) == s.Peak));

    [Fact]
    public void Ends_at_the_minimum_exactly_and_stays_there() => Check(s =>
        s.GetLearningRate(s.Steps) == s.Minimum
        && s.GetLearningRate(s.Steps + 1) == s.Minimum
        && s.GetLearningRate(long.MaxValue) == s.Minimum);

    [Fact]
    public void Never_rises_after_the_warm_up() => Check(s =>
        Steps(Math.Max(1, s.WarmupSteps), s.Steps - 1).All(n => s.GetLearningRate(n + 1) <= s.GetLearningRate(n)));

    [Fact]
    public void Stays_between_minimum_and_peak_after_the_warm_up() => Check(s =>
        Steps(s.WarmupSteps + 1, s.Steps).All(n => s.GetLearningRate(n) >= s.Minimum && s.GetLearningRate(n) <= s.Peak));

    [Fact]
    public void Has_no_jumps_after_the_warm_up() => Check(s =>
        // The cosine is steepest in the middle: π/2 of the fall per length of the decay.
        Steps(Math.Max(1, s.WarmupSteps), s.Steps - 1).All(n =>
            s.GetLearningRate(n) - s.GetLearningRate(n + 1)
            <= Math.PI / 2 * (s.Peak - s.Minimum) / (s.Steps - s.WarmupSteps) * (1 + 1e-9) + Rounding * s.Peak));

    [Fact]
    public void Is_symmetric_about_the_middle_of_the_decay() => Check(s =>
        Steps(s.WarmupSteps + 1, s.Steps - 1)
            .All(n => Near(s.GetLearningRate(n) + s.GetLearningRate(s.Steps + s.WarmupSteps - n), s.Peak + s.Minimum)));

    // A handful of roundings of numbers no larger than the peak, 1.1e-16 of it each.
    private const double Rounding = 1e-15;

    private static IEnumerable<long> Steps(long from, long to)
    {
        for (var n = from; n <= to; n++) yield return n;
    }

    private static bool Near(double a, double b) => Math.Abs(a - b) <= 1e-12 * Math.Max(Math.Abs(a), Math.Abs(b));

    private static void Check(Func<LearningRateSchedule, bool> holds) =>
        Prop.ForAll(Schedules, holds).Check(Config.QuickThrowOnFailure);
}
