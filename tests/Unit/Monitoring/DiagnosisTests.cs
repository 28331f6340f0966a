using FluentAssertions;
using TurkishLlm.Monitoring.Diagnosis;
using TurkishLlm.Tests.Unit.Plans;
using static TurkishLlm.Tests.Unit.Monitoring.SyntheticRun;

namespace TurkishLlm.Tests.Unit.Monitoring;

/// <summary>Diagnoses curves of each kind, with little and much noise: the matching rule has a finding, and no other.</summary>
public sealed class DiagnosisTests
{
    private const string FineTuning =
        "warm_start: { checkpoint: runs/one }\nsft: { sources: { a: { path: a.jsonl } } }\n";

    internal static readonly SyntheticRun[] Runs =
    [
        new("good", t => LearningCurve(t), t => LearningCurve(t) + 0.1),
        new(
            "good, many steps",
            t => LearningCurve(t, floor: 2.2, pace: 60, power: 0.35),
            t => LearningCurve(t, floor: 2.2, pace: 60, power: 0.35) + 0.05)
        {
            Steps = 6000,
        },
        new("good, without validation", t => LearningCurve(t)),
        new("good, half done", t => LearningCurve(t), t => LearningCurve(t) + 0.1) { PlannedSteps = 4000 },
        new(
            "good, the last rates help",
            t => LearningCurve(t) - 0.15 * Math.Pow(t / 1000, 3),
            t => LearningCurve(t) + 0.1 - 0.15 * Math.Pow(t / 1000, 3)),
        new("good, measured seldom", t => LearningCurve(t), t => LearningCurve(t) + 0.1) { ValidationCount = 6 },
        // Reference report, section 13: a run of 50,000 steps, drawn through the table.
        new("the reference's first round", FirstRound)
        {
            Steps = 5000, Overrides = ["model.vocab_size=64000"], TrainingTokens = 5_120_000,
        },
        // A warm start with a fresh schedule: the loss rises with the learning rate, then falls.
        new(
            "a second round",
            t => 3.0 + 0.6 * Math.Exp(-t / 900) - 0.55 * Math.Exp(-t / 60),
            t => 3.05 + 0.6 * Math.Exp(-t / 900) - 0.55 * Math.Exp(-t / 60))
            { Overrides = ["warm_start.checkpoint=runs/one"] },
        new(
            "overfitting",
            t => LearningCurve(t, floor: 1.0, pace: 80, power: 0.8),
            t =>
                t < 400
                    ? LearningCurve(t, floor: 2.0, pace: 80, power: 0.8)
                    : LearningCurve(400, floor: 2.0, pace: 80, power: 0.8) + (t - 400) * 0.001)
            { TrainingTokens = 40_000 },
        new("memorization", t => LearningCurve(t, floor: 1.2, pace: 60), t => LearningCurve(t, floor: 3.6, pace: 60)),
        new("full", t => 3.3 + 4.3 * Math.Exp(-t / 60), t => 3.33 + 4.3 * Math.Exp(-t / 60))
        {
            TokensPerStep = 65_536,
            MaxNoise = 0.05,
        },
        new("nothing learned", t => 7.0 + 0.62 * Math.Exp(-t / 20), t => 7.0 + 0.62 * Math.Exp(-t / 20)) { MaxNoise = 0.05 },
        new("flat", t => 3.3 + 4.3 * Math.Exp(-t / 60)) { MaxNoise = 0.05, TrainingTokens = 1_024_000 },
        new("the floor from the start", _ => 0.05, _ => 0.05)
        {
            MaxNoise = 0.01, ValidationNoise = 0.00002, Overrides = ["warm_start.checkpoint=runs/one"],
        },
        new("weights that do not move", _ => 3.3, _ => 3.35) { Overrides = ["warm_start.checkpoint=runs/one"] },
        new("noise alone", _ => 7.62, _ => 7.63) { MaxNoise = 0.05 },
        new("one spike", t => LearningCurve(t) + (t is >= 600 and < 604 ? 2.5 : 0), t => LearningCurve(t) + 0.1),
        new("many spikes", t => LearningCurve(t) + (t > 300 && t % 120 < 2 ? 3 : 0), t => LearningCurve(t) + 0.1),
        new("a spike at the end", t => LearningCurve(t) + (t >= 995 ? 2.5 : 0), t => LearningCurve(t) + 0.1),
        new(
            "diverging",
            t => LearningCurve(Math.Min(t, 500)) + Math.Max(0, t - 500) * 0.004,
            t => LearningCurve(Math.Min(t, 500)) + Math.Max(0, t - 500) * 0.004),
        new(
            "diverging at once", t => t == 0 ? 7.6 : 91.6 + 200 * Math.Exp(-t / 200),
            t => 91.6 + 200 * Math.Exp(-t / 200)),
        new(
            "diverging at the end", t => LearningCurve(t) + Math.Max(0, t - 940) * 0.05,
            t => LearningCurve(t) + 0.1 + Math.Max(0, t - 940) * 0.05),
        new("rising from the start", t => LearningCurve(t, floor: 1), t => 5 + t * 0.001) { ValidationCount = 4 },
        new("rising, while nothing is learned", _ => 3.4, t => 3.4 + t * 0.0003)
        {
            Overrides = ["warm_start.checkpoint=runs/one"], MaxNoise = 0.01,
        },
        new("not a number", t => t == 700 ? double.NaN : LearningCurve(t)),
        new(
            "rate too high, a hump",
            t => LearningCurve(t) + 1.5 * Math.Exp(-Math.Pow((t - 300) / 120, 2)),
            t => LearningCurve(t) + 0.1),
        new("rate too high, held back", t => 5.6 + 1.2 * (1 + Math.Cos(Math.PI * t / 1000)) / 2 + 0.85 * Math.Exp(-t / 10))
        {
            MaxNoise = 0.05,
        },
        new("rate too low, near the beginning", t => 7.62 - 0.5 * Math.Sqrt(t / 1000)),
        new("rate too low, steep", t => 7.62 - 3.4 * t / 1000)
        {
            Overrides = ["optimizer.learning_rate=1e-5", "optimizer.minimum_learning_rate=1e-5"],
        },
        new("fine-tuning", t => 1.4 + 1.6 * Math.Exp(-t / 80), t => 1.7 + 1.4 * Math.Exp(-t / 80))
        {
            Steps = 300, ValidationCount = 3, Sections = FineTuning, Before = 3.2,
        },
        new(
            "fine-tuning, rate too high, a jump", t => 2.2 + 2.5 * Math.Exp(-t / 200) - 2 * Math.Exp(-t / 4),
            t => 2.4 + 2.5 * Math.Exp(-t / 200))
        {
            Sections = FineTuning, ValidationCount = 4,
        },
        new(
            "fine-tuning, rate too high, a hump",
            t => 1 + 2 / Math.Sqrt(1 + t / 40) + Math.Exp(-Math.Pow((t - 400) / 180, 2)),
            t => 1.2 + 2 / Math.Sqrt(1 + t / 40))
        {
            Sections = FineTuning, ValidationCount = 4,
        },
        new("fine-tuning, rate too low", t => 2.5 - 0.1 * t / 1000, t => 2.6 - 0.05 * t / 1000)
        {
            Sections = FineTuning, ValidationCount = 4, MaxNoise = 0.01, ValidationNoise = 0.0005,
        },
        new("preferences not learned", t => 0.693 - 0.03 * t / 1000, t => 0.693 - 0.02 * t / 1000)
        {
            Sections = "warm_start: { checkpoint: runs/one }\npreference: { files: [a.jsonl], dpo: {} }\n",
            ValidationCount = 4, MaxNoise = 0.01, ValidationNoise = 0.0005,
        },
        new("jumping validation", t => LearningCurve(t), t => LearningCurve(t) + 0.1) { ValidationNoise = 0.5 },
    ];

    private static readonly Dictionary<string, string[]> Expected = new()
    {
        ["good"] = ["healthy", "still improving"],
        ["good, many steps"] = ["healthy", "still improving"],
        ["good, without validation"] = ["too few measurements to judge", "still improving"],
        ["good, half done"] = ["healthy"],
        ["good, the last rates help"] = ["healthy", "still improving"],
        ["good, measured seldom"] = ["healthy", "still improving"],
        ["the reference's first round"] = ["healthy", "still improving"],
        ["a second round"] = ["healthy", "still improving"],
        ["overfitting"] = ["overfitting"],
        ["memorization"] = ["healthy", "memorization", "still improving"],
        ["full"] = ["underfitting"],
        ["nothing learned"] = ["underfitting"],
        ["flat"] = ["healthy", "plateau"],
        ["the floor from the start"] = ["not learning"],
        ["weights that do not move"] = ["not learning"],
        ["noise alone"] = ["underfitting"],
        ["diverging at once"] = ["diverging"],
        ["diverging at the end"] = ["diverging"],
        ["rising from the start"] = ["overfitting"],
        ["rising, while nothing is learned"] = ["rising validation loss"],
        ["fine-tuning"] = ["healthy", "still improving"],
        ["fine-tuning, rate too high, a jump"] = ["learning rate too high", "still improving"],
        ["fine-tuning, rate too high, a hump"] = ["learning rate too high", "still improving"],
        ["fine-tuning, rate too low"] = ["learning rate too low"],
        ["preferences not learned"] = ["learning rate too low"],
        ["one spike"] = ["healthy", "spike", "still improving"],
        ["many spikes"] = ["spike", "still improving"],
        ["a spike at the end"] = ["spike", "still improving"],
        ["diverging"] = ["diverging"],
        ["not a number"] = ["diverging"],
        ["rate too high, a hump"] = ["learning rate too high", "still improving"],
        ["rate too high, held back"] = ["learning rate too high", "still improving"],
        ["rate too low, near the beginning"] = ["learning rate too low"],
        ["rate too low, steep"] = ["learning rate too low"],
        ["jumping validation"] = ["healthy", "validation noise", "still improving"],
    };

    public static TheoryData<string, double> Cases() =>
        [.. from run in Runs from noise in new[] { 0.01, 0.05, 0.15 } where noise <= run.MaxNoise select (run.Name, noise)];

    [Theory, MemberData(nameof(Cases))]
    public void Reports_what_is_there_and_nothing_else(string name, double noise)
    {
        foreach (var seed in Enumerable.Range(1, 12))
            CurveDiagnosis
                .Diagnose(Run(name).Curves(noise, seed))
                .Select(finding => finding.Rule)
                .Should()
                .Equal(Expected[name], "that is what \"{0}\" shows with seed {1}", name, seed);
    }

    [Fact]
    public void Every_rule_fires_for_some_run() =>
        Expected.Values.SelectMany(rules => rules).Distinct().Should().BeEquivalentTo(
            "healthy", "too few measurements to judge", "not learning", "rising validation loss",
            "still improving", "overfitting", "memorization", "underfitting", "plateau", "spike", "diverging",
            "learning rate too high", "learning rate too low", "validation noise");

    // As in a fine-tuning run of v1: four rows of 512 tokens per step.
    [Theory, InlineData(1.5, false), InlineData(0.0, true)]
    public void A_fall_is_seen_through_the_noise_of_few_rows(double fall, bool isFlat)
    {
        var run = new SyntheticRun("few rows", t => 5.8 - fall * t / 286, t => 5.6 - fall * t / 286)
        {
            Steps = 286, Sections = FineTuning, ValidationCount = 4,
        };
        foreach (var seed in Enumerable.Range(1, 12))
            CurveDiagnosis.Diagnose(run.Curves(noise: 0.8, seed)).Any(finding => finding.Rule == "not learning")
                .Should().Be(isFlat, "seed {0}", seed);
    }

    [Fact]
    public void Noise_alone_is_no_spike_in_a_long_run()
    {
        var run = new SyntheticRun("long", t => LearningCurve(t)) { Steps = 100_000 };
        CurveDiagnosis
            .Diagnose(run.Curves(0.1, seed: 5))
            .Should()
            .NotContain(finding => finding.Rule == "spike" || finding.Severity == CurveFindingSeverity.Warning);
    }

    [Fact]
    public void Gives_the_numbers_and_what_to_try()
    {
        GetDiagnosis("overfitting").Should().MatchRegex(
            @"^overfitting: The validation loss was lowest at step 400 \(3\.\d{3}\) and is 3\.\d{3} now, at step 1,000, "
            + @"while the training loss fell from 2\.\d\d to 1\.\d\d: "
            + @"the model memorizes its training data \(each of the 40k training tokens was read 25\.6 times\)\. "
            + @"Use the checkpoint of step 400, as other commands do by default\. Train on more text or for fewer steps; "
            + @"otherwise raise model\.dropout \(now 0\) or use a smaller model\.$");
        GetDiagnosis("full").Should().MatchRegex(
            @"^underfitting: Training and validation loss are both flat \(-?0\.\d{3} in the last doubling of the steps\) "
            + @"and close together \(3\.3\d and 3\.3\d\) after 209 tokens per parameter: the model has reached its capacity\. "
            + @"More steps will not help: use a model with more than 313k parameters, or fine-tune this one\.$");
        GetDiagnosis("one spike")
            .Should()
            .MatchRegex(
                @"^spike: The training loss jumped once, the highest at step 60[1-4]: from 3\.\d\d to [56]\.\d\d\. "
                    + @"The loss recovered within 4 steps\. "
            );
        GetDiagnosis("diverging").Should().MatchRegex(
            @"^diverging: The training loss was 3\.\d\d around step \d+ and is 5\.\d\d now, [12]\.\d\d higher; "
            + @"it has not recovered\. Resume from an earlier checkpoint, with optimizer\.learning_rate at a third of 1\.0e-3 "
            + @"or optimizer\.warmup_steps at 50 \(now 25\)\.$"
    );
        GetDiagnosis("jumping validation").Should().MatchRegex(
            @"^validation noise: The validation loss varies by 0\.\d{3} between measurements and changed by 0\.\d{3}: "
            + @"differences below \d\.\d\d are noise\. "
            + @"Validate on more text: evaluation\.windows: 256 \(now 64\) halves the noise\.$");
    }

    [Fact]
    public void The_same_run_has_the_same_diagnosis_under_any_culture()
    {
        var invariant = GetDiagnosis("overfitting");
        var before = Thread.CurrentThread.CurrentCulture;
        Thread.CurrentThread.CurrentCulture = new("tr-TR");
        try
        {
            GetDiagnosis("overfitting").Should().Be(invariant);
        }
        finally
        {
            Thread.CurrentThread.CurrentCulture = before;
        }
    }

    [Fact]
    public void A_few_steps_say_nothing() =>
        CurveDiagnosis
            .Diagnose(new SyntheticRun("short", t => LearningCurve(t)) { Steps = 40 }.Curves(0.1, 1))
        .Single().ToString().Should().MatchRegex(
            @"^too few measurements to judge: 40 steps are too few to distinguish a trend from noise\. "
            + @"The training loss went from 7\.\d\d to 6\.\d\d\. "
            + @"Take at least 50 steps, on more data, for more training\.epochs, "
            + @"or with a smaller training\.micro_batch_size\.$");

    [Fact]
    public void No_step_says_nothing() =>
        CurveDiagnosis.Diagnose(new LossCurves(TestPlans.Parse(), [])).Single().ToString().Should()
            .StartWith("too few measurements to judge: 0 steps are too few to distinguish a trend from noise. Take at least");

    private static SyntheticRun Run(string name) => Runs.Single(run => run.Name == name);

    // Returns the finding that the run is named after.
    private static string GetDiagnosis(string name) =>
        CurveDiagnosis
            .Diagnose(Run(name).Curves(0.05, seed: 3))
            .First(finding => finding.Rule is not ("healthy" or "still improving"))
            .ToString();

    private static double FirstRound(double t)
    {
        (double Step, double Loss)[] table =
        [
            (1, 11.07), (10, 9.61), (50, 6.0), (100, 4.82), (200, 3.93), (300, 3.6), (800, 3.15), (1000, 3.12), (1200, 3.05),
            (1900, 2.94), (3000, 2.78), (5001, 2.62),
        ];
        var step = t + 1;
        var next = Array.FindIndex(table, row => row.Step > step);
        var (from, to) = (table[Math.Max(0, next - 1)], table[next]);
        return from.Loss + (to.Loss - from.Loss) * Math.Log(step / from.Step) / Math.Log(to.Step / from.Step);
    }
}
