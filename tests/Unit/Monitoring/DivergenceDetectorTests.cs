using FluentAssertions;
using TurkishLlm.Monitoring.Diagnosis;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Unit.Plans;
using static TurkishLlm.Tests.Unit.Monitoring.SyntheticRun;

namespace TurkishLlm.Tests.Unit.Monitoring;

/// <summary>Detects a diverging loss during training: in time, and without false alarms.</summary>
public sealed class DivergenceDetectorTests
{
    private const string FineTuning =
        "warm_start: { checkpoint: runs/one }\nsft: { sources: { a: { path: a.jsonl } } }\n";

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(900)]
    public void Detects_a_divergence_within_a_tenth_of_the_steps(int start)
    {
        var run = new SyntheticRun("diverging", t => LearningCurve(Math.Min(t, start)) + Math.Max(0, t - start) * 0.05);
        var (changes, last) = Follow(run, noise: 0.1);
        changes[0].Step.Should().BeInRange(start, start + 100);
        changes[0].Found!.Loss.Should().BeGreaterThan(1.2 * changes[0].Found!.Lowest);
        last!.Loss.Should().BeGreaterThan(1.3 * last.Lowest);
        Diagnose(run).Should().Contain("diverging").And.NotContain("still improving").And.NotContain("healthy");
    }

    [Fact]
    public void Reports_a_loss_that_explodes_in_the_first_steps_and_then_falls_from_its_peak()
    {
        var run = new SyntheticRun("exploding", t => t == 0 ? 7.6 : 91.6 + 200 * Math.Exp(-t / 200)) { Steps = 400 };
        var (changes, last) = Follow(run, noise: 3);
        changes[0].Step.Should().BeLessThan(20);
        (last!.LowestStep, last.Lowest).Should().Be((1, changes[0].Found!.Lowest));
        Diagnose(run).Should().StartWith("diverging").And.NotContain("still improving");
    }

    [Fact]
    public void Reports_a_fine_tuning_loss_that_jumps_at_once_and_stays_high()
    {
        var run = new SyntheticRun("lost", t => t < 3 ? 2 : 4.5 + 0.3 * Math.Exp(-t / 50)) { Steps = 200, Sections = FineTuning };
        Follow(run, noise: 0.3).Last.Should().NotBeNull();
        Diagnose(run).Should().Contain("diverging");
    }

    [Fact]
    public void Says_that_a_loss_has_recovered()
    {
        var run = new SyntheticRun("recovering", t => LearningCurve(t) + 4 * Math.Exp(-Math.Pow((t - 400) / 60, 2)));
        var (changes, last) = Follow(run, noise: 0.05);
        changes.Should().HaveCountGreaterThanOrEqualTo(2);
        changes[0].Found.Should().NotBeNull();
        changes[^1].Found.Should().BeNull();
        last.Should().BeNull();
        Diagnose(run).Should().NotContain("diverging").And.Contain("learning rate too high");
    }

    [Fact]
    public void Reports_again_when_the_loss_has_doubled()
    {
        var run = new SyntheticRun("exponential", t => 5 * Math.Exp(Math.Max(0, t - 200) / 150));
        var (changes, _) = Follow(run, noise: 0.05);
        changes.Should().HaveCountGreaterThan(3);
        changes.Zip(changes.Skip(1)).Should().OnlyContain(pair => pair.Second.Found!.Loss >= 2 * pair.First.Found!.Loss);
    }

    [Fact]
    public void Does_not_take_noise_spikes_or_a_fresh_schedule_for_divergence()
    {
        SyntheticRun[] harmless =
        [
            new("good", t => LearningCurve(t)),
            new("short", t => LearningCurve(t)) { Steps = 60 },
            new("plateau", _ => 2.5),
            new("floor", _ => 0.05),
            new("spikes", t => LearningCurve(t) + (t > 200 && t % 90 < 3 ? 4 : 0)),
            new("noisy fine-tuning", t => 1.8 + Math.Exp(-t / 100)) { Sections = FineTuning },
            new("a second round", t => 3.0 + 0.6 * Math.Exp(-t / 900) - 0.55 * Math.Exp(-t / 60))
                { Overrides = ["warm_start.checkpoint=runs/one"] },
        ];
        foreach (var run in harmless)
            foreach (var seed in Enumerable.Range(1, 40))
                Follow(run, run.Name == "floor" ? 0.005 : 0.3, seed).Changes.Should().BeEmpty("{0}, seed {1}", run.Name, seed);
    }

    [Fact]
    public void Starts_over_with_the_steps_after_a_rollback()
    {
        var detector = new DivergenceDetector(TestPlans.Parse());
        foreach (var n in Enumerable.Range(1, 40)) detector.Add(Line(n, 5));
        foreach (var n in Enumerable.Range(41, 3)) detector.Add(Line(n, 50));
        foreach (var n in Enumerable.Range(40, 60)) detector.Add(Line(n, 5)).Should().BeFalse();
    }

    private static (List<(long Step, LossDivergence? Found)> Changes, LossDivergence? Last) Follow(
        SyntheticRun run, double noise, int seed = 1)
    {
        var detector = new DivergenceDetector(run.Plan);
        var changes = new List<(long, LossDivergence?)>();
        foreach (var line in run.Lines(noise, seed))
            if (detector.Add(line)) changes.Add((line.Step, detector.Current));
        return (changes, detector.Current);
    }

    private static IEnumerable<string> Diagnose(SyntheticRun run) =>
        CurveDiagnosis.Diagnose(run.Curves(0.05, 1)).Select(found => found.Rule);

    private static StepMetrics Line(long step, double loss) => new(step, loss, 1e-3, 1, step * 256, 1000, step, 1 << 20);
}
