using TurkishLlm.Plans;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training;

namespace TurkishLlm.Spec.Training;

/// <summary>Runs a learning-rate range test in a folder and returns its steps.</summary>
public delegate IReadOnlyList<(double Rate, double Loss)> RunRangeTest(TrainingPlan plan, LearningRateRange range, string folder);

/// <summary>A learning-rate range test of a small plan.</summary>
/// <param name="Range">The learning rates.</param>
/// <param name="Accumulation">Micro-batches of a step.</param>
/// <param name="Muon">True for Muon.</param>
public sealed record RangeTestCase(LearningRateRange Range, int Accumulation, bool Muon = false)
{
    internal TrainingPlan Plan(Conditions at) => ResumeSpec.Plan(at, new("6", Dropout: 0.1, Accumulation, Levers: Muon));
}

/// <summary>The learning-rate range test: OPT-27.</summary>
public static class RangeTestSpec
{
    public static readonly Requirement<RangeTestCase, RunRangeTest> OPT_27_RangeTest = new()
    {
        Id = "OPT-27",
        Statement = "A range test takes the steps of a run from its initial weights, on its batches, with its optimizer and "
            + "clipping, at rates that rise by one factor from the first to the last, and leaves no file.",
        Source = "Smith 2017, arXiv:1506.01186, section 3.3; BUG-OPT-03, BUG-OPT-16",
        CanonicalCases =
        [
            new(new(1e-4, 3e-2, 7), Accumulation: 2), new(new(1e-3, 1e-2, 5), Accumulation: 1, Muon: true),
        ],
        CanonicalConditions = at => at.WithSmallVocabulary,
        Subject = (_, _) => (plan, range, folder) =>
        [
            .. LearningRateRangeTest.Run(Clear(LearningRateRangeTest.Prepare(plan, folder)), range).Points
                .Select(point => (point.Rate, point.Loss)),
        ],
        Holds = (test, c, at) =>
        {
            var scratch = Directory.CreateTempSubdirectory("turkishllm-range-");
            try
            {
                var found = test(c.Plan(at), c.Range, scratch.FullName);
                var expected = Expect(c, at);
                return Verdict.All(
                    Verdict.SameElements([.. expected.Select(Format)], [.. found.Select(Format)], "rates and losses"),
                    Verdict.Equal(0, scratch.EnumerateFileSystemInfos().Count(), "files that remain"));
            }
            finally
            {
                scratch.Delete(recursive: true);
            }
        },
        Impostors = new()
        {
            ["the rate rises by the same amount"] = WithRates((range, step) =>
                range.First + (range.Last - range.First) * (step - 1) / (range.Steps - 1)),
            ["the first rate is missing"] = WithRates((range, step) => range.GetRate(step + 1)),
            ["the schedule of the plan"] = (_, _) => (plan, range, _) =>
            {
                using var trainer = Trainer.Create(Clear(plan));
                var steps = Enumerable.Range(1, range.Steps).Select(_ => trainer.TakeStep());
                return [.. steps.Select(step => (step.LearningRate, step.Loss))];
            },
            ["the schedule of the plan under other rates"] = (_, _) => (plan, range, _) =>
            {
                using var trainer = Trainer.Create(Clear(plan));
                return [.. Enumerable.Range(1, range.Steps).Select(step => (range.GetRate(step), trainer.TakeStep().Loss))];
            },
            ["every rate from the initial weights"] = (_, _) => (plan, range, _) =>
            [
                .. Enumerable.Range(1, range.Steps).Select(step =>
                {
                    using var trainer = Trainer.Create(Clear(plan));
                    return (range.GetRate(step), trainer.TakeStep(range.GetRate(step)).Loss);
                }),
            ],
            ["begins with the second batch"] = (_, _) => (plan, range, _) =>
            {
                using var trainer = Trainer.Create(Clear(plan));
                trainer.TakeStep(0);
                return Steps(trainer, range, range.GetRate);
            },
            ["another clipping"] = (_, _) => (plan, range, _) =>
            {
                using var trainer = Trainer.Create(Clear(plan with { Optimizer = plan.Optimizer with { GradientClip = 1e-4 } }));
                return Steps(trainer, range, range.GetRate);
            },
            ["leaves a plan in the folder"] = (_, _) => (plan, range, folder) =>
            {
                File.WriteAllText(Path.Combine(folder, "plan.yaml"), plan.ToYaml());
                using var trainer = Trainer.Create(Clear(plan));
                return Steps(trainer, range, range.GetRate);
            },
        },
    };

    public static IReadOnlyList<Requirement> All => [OPT_27_RangeTest];

    // A run of a plan with a constant rate for each step, from the checkpoint after the step before.
    private static List<(double Rate, double Loss)> Expect(RangeTestCase c, Conditions at)
    {
        var scratch = Directory.CreateTempSubdirectory("turkishllm-range-");
        try
        {
            var points = new List<(double Rate, double Loss)>();
            for (var step = 0; step < c.Range.Steps; step++)
            {
                var rate = c.Range.First * Math.Pow(c.Range.Last / c.Range.First, step / (c.Range.Steps - 1.0));
                var plan = c.Plan(at);
                plan = plan with
                {
                    Optimizer = plan.Optimizer with
                    {
                        LearningRate = rate, MinimumLearningRate = rate, WarmupSteps = 0, Schedule = ScheduleKind.Cosine,
                    },
                };
                var folder = Path.Combine(scratch.FullName, FormattableString.Invariant($"{step}"));
                using var trainer = step == 0 ? Trainer.Create(Clear(plan)) : Trainer.Resume(Clear(plan), folder);
                points.Add((rate, trainer.TakeStep().Loss));
                trainer.Save(Path.Combine(scratch.FullName, FormattableString.Invariant($"{step + 1}")));
            }
            return points;
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    private static Func<RangeTestCase, Conditions, RunRangeTest> WithRates(Func<LearningRateRange, int, double> rate) =>
        (_, _) => (plan, range, _) =>
        {
            using var trainer = Trainer.Create(Clear(plan));
            return Steps(trainer, range, step => rate(range, step));
        };

    private static List<(double Rate, double Loss)> Steps(Trainer trainer, LearningRateRange range, Func<int, double> rate) =>
        [.. Enumerable.Range(1, range.Steps).Select(step => (rate(step), trainer.TakeStep(rate(step)).Loss))];

    private static string Format((double Rate, double Loss) point) =>
        FormattableString.Invariant($"{point.Rate:G12} {point.Loss:R}");

    private static Clearance Clear(TrainingPlan plan) => new(plan, reportJson: "{}", digest: "", requirementCount: 0);
}
