using TurkishLlm.Plans;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training.Optimization;

namespace TurkishLlm.Spec.Training;

/// <summary>The learning rate of a step: P52–P54, OPT-06.</summary>
public static class ScheduleSpec
{
    public static readonly Requirement<ScheduleCase, LearningRateFunction> P52_WarmUp =
        CosineScheduleRequirements.WarmUp.For(Real, CosineFromPlan);

    public static readonly Requirement<ScheduleCase, LearningRateFunction> P53_EndPoint =
        CosineScheduleRequirements.EndPoint.For(Real, CosineFromPlan);

    public static readonly Requirement<ScheduleCase, LearningRateFunction> P54_Monotone =
        CosineScheduleRequirements.Monotone.For(Real, FallingCosineFromPlan);

    public static readonly Requirement<ScheduleCase, LearningRateFunction> OPT_06_Oracle =
        CosineScheduleRequirements.Oracle.For(Real, CosineFromPlan);

    public static IReadOnlyList<Requirement> All => [P52_WarmUp, P53_EndPoint, P54_Monotone, OPT_06_Oracle];

    /// <summary>Creates the schedule as the trainer makes it from a plan.</summary>
    internal static LearningRateSchedule Create(ScheduleCase c, Conditions at, ScheduleKind kind) =>
        LearningRateSchedule.FromPlan(
            at.Plan with
            {
                Training = at.Plan.Training with { Steps = c.Steps, Epochs = null },
                Optimizer = at.Plan.Optimizer with
                {
                    LearningRate = c.Peak,
                    MinimumLearningRate = c.Minimum,
                    WarmupSteps = c.Warmup,
                    WarmupRatio = null,
                    Schedule = kind,
                },
            });

    /// <summary>The schedule of the run, if it has a warm-up and is of a kind.</summary>
    internal static IReadOnlyList<ScheduleCase> FromPlan(Conditions at, ScheduleKind kind)
    {
        var (optimizer, steps) = (at.Plan.Optimizer, at.Plan.Training.Steps);
        return optimizer.Schedule == kind && optimizer.WarmupSteps > 0 && steps > optimizer.WarmupSteps
            ? [new(optimizer.LearningRate, optimizer.MinimumLearningRate, optimizer.WarmupSteps, steps)]
            : [];
    }

    private static LearningRateFunction Real(ScheduleCase c, Conditions at) =>
        Create(c, at, ScheduleKind.Cosine).GetLearningRate;

    private static IReadOnlyList<ScheduleCase> CosineFromPlan(Conditions at) => FromPlan(at, ScheduleKind.Cosine);

    // Only if neighboring rates differ by more than roundings of 2⁻⁵³: a constant or extremely long schedule does not fall with
    // every step.
    private static IReadOnlyList<ScheduleCase> FallingCosineFromPlan(Conditions at) =>
        [.. CosineFromPlan(at).Where(c => SmallestFall(c) > Math.ScaleB(c.Peak, -50))];

    // Of the first and of the last step of half a cosine.
    private static double SmallestFall(ScheduleCase c) =>
        (c.Peak - c.Minimum) * Math.Pow(Math.Sin(Math.PI / (2.0 * (c.Steps - c.Warmup))), 2);
}
