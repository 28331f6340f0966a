using TurkishLlm.Monitoring.Diagnosis;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Unit.Plans;
using TurkishLlm.Training.Optimization;

namespace TurkishLlm.Tests.Unit.Monitoring;

/// <summary>A synthetic run: a formula for the trend of the loss, seeded noise, and the schedule of a plan.</summary>
internal sealed record SyntheticRun(string Name, Func<double, double> Loss, Func<double, double>? Validation = null)
{
    public int Steps { get; init; } = 1000;

    /// <summary>Number of steps of the plan, if the run ended early.</summary>
    public int? PlannedSteps { get; init; }

    public long TokensPerStep { get; init; } = 1024;

    public int ValidationCount { get; init; } = 20;

    public double ValidationNoise { get; init; } = 0.002;

    /// <summary>Largest noise with which a thousand steps still decide.</summary>
    public double MaxNoise { get; init; } = 1;

    public long? TrainingTokens { get; init; }

    public string[] Overrides { get; init; } = [];

    /// <summary>Sections that are added to the plan, such as those of fine-tuning.</summary>
    public string Sections { get; init; } = "";

    /// <summary>Validation loss of the initial weights.</summary>
    public double? Before { get; init; }

    /// <summary>Loss on running text before the first step and after the last one.</summary>
    public (double Before, double After)? TextLoss { get; init; }

    /// <summary>Number of epochs, for data with epochs.</summary>
    public double? Epochs { get; init; }

    /// <summary>The curve of a good run: a power of the step above a floor.</summary>
    public static double LearningCurve(double t, double floor = 2.4, double pace = 40, double power = 0.5) =>
        floor + (7.62 - floor) / Math.Pow(1 + t / pace, power);

    public TrainingPlan Plan => TestPlans.Parse(TestPlans.Small + Sections,
    [
        $"training.steps={PlannedSteps ?? Steps}",
        $"optimizer.warmup_steps={Math.Max(1, Steps / 40)}", "model.vocab_size=2048", .. Overrides,
    ]);

    /// <summary>Returns the steps, with Gaussian noise on every loss. The formulas take the step, counted from 0.</summary>
    public StepMetrics[] Lines(double noise, int seed)
    {
        var random = new Random(seed);
        var plan = Plan;
        var schedule = LearningRateSchedule.FromPlan(plan);
        return
        [
            .. Enumerable.Range(1, Steps).Select(n => new StepMetrics(
                n,
                Loss(n - 1) + noise * Normal(random), schedule.GetLearningRate(n), 1 + 0.1 * Normal(random), n * TokensPerStep,
                50_000, n * 0.02, 1 << 28,
                Validation is not null && n % (Steps / ValidationCount) == 0
                    ? Validation(n - 1) + ValidationNoise * Normal(random)
                    : null)
            {
                InitialValidation = n == 1 && (Before ?? TextLoss?.Before) is not null ? new(Before, TextLoss?.Before) : null,
                TextLoss = n == Steps ? TextLoss?.After : null,
                Epoch = Epochs * n / Steps,
            }),
        ];
    }

    public LossCurves Curves(double noise, int seed) => new(Plan, Lines(noise, seed), TrainingTokens);

    public override string ToString() => Name;

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
