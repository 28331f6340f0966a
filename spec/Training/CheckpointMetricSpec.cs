using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training.Safety;

namespace TurkishLlm.Spec.Training;

/// <summary>Returns the best step of a run; 0 for none.</summary>
public delegate long FindBestStep(string metric, IReadOnlyList<StepMetrics> steps);

/// <summary>Returns the step after which early stopping ends a run; 0 for none.</summary>
public delegate long FindStop(string metric, int patience, IReadOnlyList<StepMetrics> steps);

/// <summary>Returns the bounds that a run misses, as "step metric".</summary>
public delegate IReadOnlyList<string> JudgeRun(TrainingPlan plan, IReadOnlyList<StepMetrics> steps);

/// <summary>The measurements of a run.</summary>
/// <param name="Metric">Metric of the best checkpoint.</param>
/// <param name="Best">The best step, by hand.</param>
/// <param name="Steps">Step, validation loss, exact match, false refusals; NaN for a value that is not a number.</param>
public sealed record MeasuredStepsCase(
    string Metric, long Best, params IReadOnlyList<(long Step, double? Loss, double? Exact, double? False)> Steps)
{
    internal IReadOnlyList<StepMetrics> Lines =>
        [.. Steps.Select(step => CheckpointMetricSpec.Line(step.Step, step.Loss, step.Exact, step.False))];

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Metric}, {Steps.Count} steps");
}

/// <summary>A run that early stopping may end.</summary>
/// <param name="Run">The measurements; its best step is that at which the run ends.</param>
/// <param name="Patience">Measurements without a new best.</param>
public sealed record PatienceCase(MeasuredStepsCase Run, int Patience);

/// <summary>A run with bounds.</summary>
/// <param name="Run">The measurements, with the step that is judged.</param>
/// <param name="AtLeast">Lowest exact match.</param>
/// <param name="AtMost">Highest share of false refusals.</param>
/// <param name="Missed">What is missed, by hand.</param>
public sealed record BoundsCase(MeasuredStepsCase Run, double AtLeast, double AtMost, params IReadOnlyList<string> Missed);

/// <summary>The metric of the best checkpoint, of early stopping, and the bounds of metrics: EVL-37, EVL-40, EVL-41.</summary>
public static class CheckpointMetricSpec
{
    private const string Exact = "erp.exact_match", False = "erp.false_refusal_rate";

    public static readonly Requirement<MeasuredStepsCase, FindBestStep> EVL_37_BestByTheMetric = new()
    {
        Id = "EVL-37",
        Statement = "The best step is the one with the best value of the plan's metric, not of another one: the lowest loss or "
            + "share of errors, the highest share of right answers; the first of equal ones, and never one that is not a number.",
        Source = "Report on fine-tuning, \"How many epochs\": pick the checkpoint where evaluation looks best, not where loss is "
            + "lowest; BUG-CKP-15",
        CanonicalCases =
        [
            new(Exact, 4, (1, 5, double.NaN, 0.5), (2, 4, 0.25, 0.5), (4, 4.5, 0.75, 0.25), (6, 3, 0.75, 0), (8, 2, 0.5, 0.25)),
            new(False, 6, (1, 5, 0.1, double.NaN), (2, 4, 0.9, 0.5), (4, 2, 0.5, 0.25), (6, 4.5, 0.25, 0), (8, 5, 0.75, 0)),
            new("loss", 4, (1, double.NaN, 0.9, 0.1), (2, 4, 0.25, 0.5), (4, 3, 0.5, 0.25), (6, 3, 1, 0), (8, 5, 0.75, 0.1),
                (10, 6, 0.5, 0.5)),
        ],
        Subject = (_, _) => (metric, steps) => new CheckpointMetric(metric).FindBest(steps)?.Step ?? 0,
        Holds = (best, c, _) => Verdict.Equal(c.Best, best(c.Metric, c.Lines), "best step"),
        Impostors = new()
        {
            ["another metric decides"] = (_, _) => (metric, steps) => new CheckpointMetric(
                metric == "loss" ? Exact : "loss").FindBest(steps)?.Step ?? 0,
            ["the worst"] = (_, _) => (metric, steps) => Order(metric, steps, reverse: true)[0].Step,
            ["of equal ones the last"] = (_, _) => (metric, steps) =>
                Order(metric, steps).Last(line => Value(metric, line) == Value(metric, Order(metric, steps)[0])).Step,
            ["the last"] = (_, _) => (_, steps) => steps[^1].Step,
            ["a value that is not a number wins"] = (_, _) => (metric, steps) =>
                steps.FirstOrDefault(line => !double.IsFinite(Value(metric, line)!.Value))?.Step ?? 0,
        },
    };

    public static readonly Requirement<PatienceCase, FindStop> EVL_40_PatienceCountsMeasurements = new()
    {
        Id = "EVL-40",
        Statement = "Early stopping ends a run after as many measurements of the metric as the patience says without a better "
            + "value; steps without a measurement do not count, and an equal value is not better.",
        Source = "Prechelt 1998, \"Early Stopping – But When?\"; SAF-05",
        CanonicalCases =
        [
            new(new(Exact, 10,
                (1, null, null, null), (2, 4, 0.25, 0.5), (3, 3.9, null, null), (4, 3.8, 0.5, 0.5), (5, 3.7, null, null),
                (6, 3.6, 0.5, 0.5), (7, 3.5, null, null), (8, 3.4, 0.25, 0.5), (10, 3.2, 0.375, 0.5), (12, 3, 0.25, 0)), 3),
            new(new(False, 6, (2, 5, 0.25, 0.25), (3, 4, null, null), (4, 3, 0.5, 0.5), (6, 2, 0.75, 0.25), (8, 1, 1, 0)), 2),
            new(new("loss", 12,
                (2, null, 0.5, 0.5), (4, 3, 0.25, 0.5), (6, 3.5, 0.5, 0.25), (7, null, 0.75, 0.25), (8, 2, 0.1, 0.75),
                (9, null, 0.1, 0), (10, 2, 0.2, 0.5), (12, 2.5, 0.9, 0)), 2),
        ],
        Subject = (_, _) => (metric, patience, steps) => Stop(metric, patience, steps, GetValues(metric)),
        Holds = (stop, c, _) => Verdict.Equal(c.Run.Best, stop(c.Run.Metric, c.Patience, c.Run.Lines), "last step"),
        Impostors = new()
        {
            ["steps are counted"] = (_, _) => (metric, patience, steps) =>
            {
                long? best = null;
                double? value = null;
                foreach (var line in steps)
                {
                    if (Value(metric, line) is { } found && new CheckpointMetric(metric).IsBetter(found, value))
                        (best, value) = (line.Step, found);
                    if (best is { } since && line.Step - since >= patience) return line.Step;
                }
                return 0;
            },
            ["one measurement too early"] = (_, _) => (metric, patience, steps) =>
                Stop(metric, patience - 1, steps, GetValues(metric)),
            ["one measurement too late"] = (_, _) => (metric, patience, steps) =>
                Stop(metric, patience + 1, steps, GetValues(metric)),
            ["an equal value is better"] = (_, _) => (metric, patience, steps) => Stop(metric, patience, steps, line =>
                Value(metric, line) is { } value ? value + line.Step * (Lower(metric) ? -1e-9 : 1e-9) : null),
            ["another metric decides"] = (_, _) => (metric, patience, steps) =>
                Stop(metric == "loss" ? Exact : "loss", patience, steps, GetValues(metric == "loss" ? Exact : "loss")),
        },
    };

    public static readonly Requirement<BoundsCase, JudgeRun> EVL_41_BestCheckpointKeepsTheBounds = new()
    {
        Id = "EVL-41",
        Statement = "A run is judged by the values of its best checkpoint: a value equal to a bound keeps it, and one that is "
            + "not a number misses it.",
        Source = "exit code 4 of the program; EVL-37",
        CanonicalCases =
        [
            new(new("loss", 6, (2, 4, 0.25, 0.5), (4, 5, 0.25, 0.5), (6, 3, 0.5, 0.375), (8, 5, 0.25, 0.5)), 0.5, 0.25,
                "6 false_refusal_rate"),
            new(new(Exact, 4, (2, 4, 0.25, 0), (4, 5, 0.5, 0.5), (6, 3, 0.375, 0.25)), 0.75, 0.5, "4 exact_match"),
            new(new(Exact, 4, (2, 4, 0.25, 0.25), (4, 5, 0.5, double.NaN), (6, 3, 0.25, 0.25)), 0.5, 0.375,
                "4 false_refusal_rate"),
        ],
        Subject = (_, _) => (plan, steps) =>
        [
            .. QualityBounds.Judge(plan, steps)
                .Select(missed => FormattableString.Invariant($"{missed.Step} {missed.Metric.Name}")),
        ],
        Holds = (judge, c, at) => Verdict.SameElements(c.Missed, judge(CreatePlan(c, at), c.Run.Lines), "missed"),
        Impostors = new()
        {
            ["the last step is judged"] = (_, _) => (plan, steps) => Find(plan, steps[^1]),
            ["the first step is judged"] = (_, _) => (plan, steps) => Find(plan, steps[0]),
            ["every step is judged"] = (_, _) => (plan, steps) => [.. steps.SelectMany(step => Find(plan, step))],
            ["nothing is judged"] = (_, _) => (_, _) => [],
            ["the bounds are exchanged"] = (_, _) => (plan, steps) =>
            [
                .. Find(plan, steps[1]).Select(missed => missed.Contains("exact", StringComparison.Ordinal)
                    ? "4 false_refusal_rate" : "4 exact_match"),
            ],
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All =>
        [EVL_37_BestByTheMetric, EVL_40_PatienceCountsMeasurements, EVL_41_BestCheckpointKeepsTheBounds];

    internal static StepMetrics Line(long step, double? loss, double? exact, double? wrong) =>
        new(step, Loss: 1, LearningRate: 1e-3, GradientNorm: 1, Tokens: step, TokensPerSecond: 1, Seconds: step, MemoryBytes: 1)
        {
            ValidationLoss = loss,
            Tasks = exact is null && wrong is null ? null : new Dictionary<string, TaskMetrics>
            {
                ["erp"] = new(8, 0, new Dictionary<string, MetricValue>
                {
                    ["exact_match"] = new(exact ?? double.NaN, 8), ["false_refusal_rate"] = new(wrong ?? double.NaN, 8),
                }),
            },
        };

    private static TrainingPlan CreatePlan(BoundsCase c, Conditions at) => at.TextPlan with
    {
        Checkpoints = new CheckpointPlan(BestBy: c.Run.Metric),
        Evaluation = new EvaluationPlan
        {
            Tasks =
            [
                new("erp", ["gold.jsonl"])
                {
                    AtLeast = new(("exact_match", c.AtLeast)), AtMost = new(("false_refusal_rate", c.AtMost)),
                },
            ],
        },
    };

    // Without the code under test.
    private static List<string> Find(TrainingPlan plan, StepMetrics step)
    {
        var (task, values) = (plan.Evaluation.Tasks[0], step.Tasks!["erp"].Metrics);
        var missed = new List<string>();
        if (values["exact_match"].Value < task.AtLeast.Values[0].Value)
            missed.Add(FormattableString.Invariant($"{step.Step} exact_match"));
        if (values["false_refusal_rate"].Value > task.AtMost.Values[0].Value)
            missed.Add(FormattableString.Invariant($"{step.Step} false_refusal_rate"));
        return missed;
    }

    private static bool Lower(string metric) => metric != Exact;

    private static double? Value(string metric, StepMetrics line) => metric == "loss" ? line.ValidationLoss
        : line.Tasks?["erp"].Metrics[metric["erp.".Length..]].Value;

    private static Func<StepMetrics, double?> GetValues(string metric) => line => Value(metric, line);

    private static StepMetrics[] Order(string metric, IReadOnlyList<StepMetrics> steps, bool reverse = false) =>
    [
        .. steps.Where(line => Value(metric, line) is { } value && double.IsFinite(value))
            .OrderBy(line => (Lower(metric) != reverse ? 1 : -1) * Value(metric, line)!.Value).ThenBy(line => line.Step),
    ];

    private static long Stop(
        string metric, int patience, IReadOnlyList<StepMetrics> steps, Func<StepMetrics, double?> getValue)
    {
        var values = new List<double>();
        foreach (var line in steps)
        {
            if (getValue(line) is not { } value) continue;
            values.Add(value);
            if (EarlyStopping.ShouldStop(values, new CheckpointMetric(metric), patience)) return line.Step;
        }
        return 0;
    }
}
