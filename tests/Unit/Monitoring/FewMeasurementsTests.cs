using FluentAssertions;
using TurkishLlm.Monitoring.Diagnosis;
using static TurkishLlm.Tests.Unit.Monitoring.SyntheticRun;

namespace TurkishLlm.Tests.Unit.Monitoring;

/// <summary>
/// Diagnoses runs with two, three or four validation losses, as fine-tuning for a few epochs has them, in every kind of training.
/// </summary>
public sealed class FewMeasurementsTests
{
    private const string Start = "warm_start: { checkpoint: runs/one }\n";

    private static readonly Dictionary<string, string> Kinds = new()
    {
        ["pretraining"] = "",
        ["fine-tuning"] = Start + "sft: { sources: { a: { path: a.jsonl } } }\n",
        ["lora"] = Start + "lora: { rank: 4, alpha: 8 }\nsft: { sources: { a: { path: a.jsonl } } }\n",
        ["dpo"] = Start + "preference: { files: [a.jsonl], dpo: {} }\n",
        ["orpo"] = Start + "preference: { files: [a.jsonl], orpo: {} }\n",
    };

    public static TheoryData<string, double[]> RisingLosses() =>
        [.. from kind in Kinds.Keys from losses in (double[][])[[0.61, 0.66], [0.61, 0.63, 0.66], [0.6, 0.61, 0.62, 0.63],
            [0.64, 0.58, 0.62], [0.64, 0.58, 0.6, 0.61], [0.64, 0.61, 0.58, 0.6, 0.62],
            [0.64, 0.6, 0.62, 0.64, 0.66, 0.68]] select (kind, losses)];

    [Theory, MemberData(nameof(RisingLosses))]
    public void A_validation_loss_that_rises_while_the_training_loss_falls_is_overfitting(string kind, double[] losses)
    {
        foreach (var seed in Enumerable.Range(1, 10))
            Diagnose(Run(kind, losses), seed).Should().Contain("overfitting").And.NotContain("healthy");
    }

    public static TheoryData<string, double[]> FallingLosses() =>
        [.. from kind in Kinds.Keys from losses in (double[][])[[0.66, 0.61, 0.6], [0.66, 0.61, 0.58, 0.575]]
            select (kind, losses)];

    [Theory, MemberData(nameof(FallingLosses))]
    public void A_validation_loss_that_falls_three_times_is_healthy(string kind, double[] losses)
    {
        foreach (var seed in Enumerable.Range(1, 10))
            Diagnose(Run(kind, losses), seed).Should().StartWith("healthy");
    }

    [Theory]
    [InlineData(0.61)]
    [InlineData(0.66, 0.61)]
    [InlineData(0.66, 0.602, 0.608)]        // 1 % up, which may be noise
    [InlineData(0.66, 0.604, 0.6, 0.609)]
    public void Losses_that_decide_nothing_are_not_called_healthy(params double[] losses)
    {
        foreach (var kind in Kinds.Keys)
            Diagnose(Run(kind, losses), seed: 3)
                .Should().StartWith("too few measurements to judge").And.NotContain("overfitting");
    }

    [Fact]
    public void The_loss_of_the_initial_weights_is_a_measurement()
    {
        var run = Run("fine-tuning", [0.7, 0.74, 0.78]) with { Before = 0.66 };
        var found = CurveDiagnosis.Diagnose(run.Curves(0.01, 1))[0];
        found.Rule.Should().Be("overfitting");
        found.Observation.Should().StartWith("The validation loss was lowest before the first step (0.660) and is 0.78");
        found.Suggestion.Should().StartWith("Use the initial weights instead of this run.");

        CurveDiagnosis.Diagnose((Run("fine-tuning", [0.6, 0.58]) with { Before = 0.9 }).Curves(0.01, 1))[0].Rule
            .Should().Be("healthy", "three measurements fall");
    }

    [Fact]
    public void Says_which_losses_there_are_and_how_to_get_more()
    {
        CurveDiagnosis.Diagnose(Run("pretraining", [0.66, 0.61]).Curves(0.01, 1))[0].ToString().Should().MatchRegex(
            @"^too few measurements to judge: The training loss fell from 0\.6\d to 0\.2\d\. "
            + @"The validation loss was 0\.66\d at step 75, 0\.61\d at step 150\. "
            + @"Measure the validation loss at least 3 times: evaluation\.every: 30 \(now 1000\)\.$");
        CurveDiagnosis.Diagnose(Run("pretraining", [0.66, 0.61, 0.617]).Curves(0.001, 1))[0].ToString().Should().MatchRegex(
            @"^too few measurements to judge: The validation loss was lowest at step 100 \(0\.61\d\) and is 0\.61\d now, at step "
            + @"150, 1\.\d % higher: with 3 measurements, this may be noise or the start of overfitting\. Measure more often");
    }

    [Fact]
    public void A_run_of_few_steps_is_judged_by_its_validation_losses()
    {
        var few = Run("fine-tuning", [0.5, 0.55, 0.61], steps: 30);
        Diagnose(few, 1).Should().Equal("overfitting");
        Diagnose(Run("fine-tuning", [0.61, 0.55, 0.5], steps: 30), 1).Should().Equal("too few measurements to judge");
    }

    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(40)]
    public void A_run_of_few_steps_that_diverges_is_said_to(int steps) => CurveDiagnosis
        .Diagnose(new SyntheticRun("few", t => 7.6 * Math.Exp(3 * t / steps)) { Steps = steps }.Curves(0.1, 1))
        .Select(found => found.Rule).Should().Equal("diverging");

    [Fact]
    public void A_loss_near_that_of_an_untrained_model_is_not_healthy()
    {
        var run = new SyntheticRun("early", t => 6.6 + Math.Exp(-t / 40), t => 6.7 + Math.Exp(-t / 40))
            { Steps = 120, PlannedSteps = 1000, ValidationCount = 4 };
        CurveDiagnosis.Diagnose(run.Curves(0.02, 1))[0].ToString().Should().MatchRegex(
            @"^too few measurements to judge: After 120 steps the training loss is 6\.6\d, near the 7\.62 of an "
            + "untrained model: ");
    }

    [Fact]
    public void Text_that_was_read_once_needs_no_validation()
    {
        var run = new SyntheticRun("once", t => LearningCurve(t));
        Diagnose(run with { TrainingTokens = 1024 * 1000 }, 1).Should().StartWith("healthy");
        Diagnose(run with { TrainingTokens = 1024 * 999 }, 1).Should().StartWith("too few measurements to judge");
    }

    [Fact]
    public void A_validation_loss_that_is_not_a_number_is_divergence() => CurveDiagnosis
        .Diagnose((Run("fine-tuning", [0.6, double.NaN]) with { Before = 0.7 }).Curves(0.01, 1))[0].ToString()
        .Should().StartWith("diverging: The validation loss was not finite at step 150.");

    [Fact]
    public void Noise_of_validation_is_rarely_taken_for_a_rise()
    {
        foreach (var count in new[] { 2, 3, 4, 6, 10 })
            Enumerable
                .Range(1, 300)
                .Count(seed => Diagnose(
                    new SyntheticRun("flat validation", t => 1 + Math.Exp(-t / 40), _ => 0.6)
                        { Steps = 120, ValidationCount = count, ValidationNoise = 0.6 * 0.003 }, seed)
                    .Contains("overfitting"))
                .Should().BeLessThanOrEqualTo(3, "of 300 runs with {0} measurements that differ by 0.3 %", count);
    }

    // A training loss that falls from 0.7 toward 0.2, and validation losses at equal distances.
    private static SyntheticRun Run(string kind, double[] losses, int steps = 150) =>
        new(kind, t => 0.2 + 0.5 / (1 + t / 30), t => losses[(int)Math.Round((t + 1) * losses.Length / steps) - 1])
        {
            Steps = steps, ValidationCount = losses.Length, ValidationNoise = 0, Sections = Kinds[kind],
        };

    private static IEnumerable<string> Diagnose(SyntheticRun run, int seed) =>
        CurveDiagnosis.Diagnose(run.Curves(0.01, seed)).Select(found => found.Rule);
}
