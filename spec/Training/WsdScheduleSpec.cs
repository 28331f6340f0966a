using TurkishLlm.Plans;
using TurkishLlm.Spec.Oracles.Training;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training.Optimization;

namespace TurkishLlm.Spec.Training;

/// <summary>A schedule of warm-up, stable phase and decay.</summary>
/// <param name="Schedule">Rates, warm-up and length.</param>
/// <param name="DecayRatio">Fraction of all steps that decay.</param>
/// <param name="Shape">Shape of the decay.</param>
public sealed record WsdCase(ScheduleCase Schedule, double DecayRatio, DecayShape Shape)
{
    internal long DecaySteps => WsdScheduleOracle.CountDecaySteps(DecayRatio, Schedule.Steps);

    internal double Oracle(long step, long? steps = null, long? decay = null, double? minimum = null, bool? isRoot = null) =>
        WsdScheduleOracle.Rate(
            step, Schedule.Peak, minimum ?? Schedule.Minimum, Schedule.Warmup, steps ?? Schedule.Steps, decay ?? DecaySteps,
            isRoot ?? Shape == DecayShape.Sqrt);

    internal long LastStable => Schedule.Steps - DecaySteps;

    // Some steps of twice the run and of the decay, and those around the joints.
    internal IEnumerable<long> Numbers => Enumerable.Range(0, 101).Select(i => 1 + (2 * Schedule.Steps - 1) * i / 100)
        .Concat(Enumerable.Range(1, 40).Select(i => LastStable + DecaySteps * i / 40))
        .Concat(new[] { Schedule.Warmup, LastStable, Schedule.Steps }.SelectMany(joint => new[] { joint - 1, joint, joint + 1 }))
        .Where(n => n >= 1)
        .Distinct();
}

/// <summary>The schedule wsd of a plan: OPT-22, OPT-23.</summary>
public static class WsdScheduleSpec
{
    private static readonly IReadOnlyList<WsdCase> Usual =
    [
        new(new(1e-2, 1e-3, 500, 50_000), 0.1, DecayShape.Linear), new(new(3e-3, 1e-4, 7, 60), 0.2, DecayShape.Sqrt),
        new(new(2e-3, 0, 0, 41), 0.3, DecayShape.Linear),
    ];

    public static readonly Requirement<WsdCase, LearningRateFunction> OPT_22_Oracle = new()
    {
        Id = "OPT-22",
        Statement = "A wsd schedule has the usual warm-up, the peak until its decay, and falls by its shape over the last "
            + "decay_ratio of all steps to the minimum, which the last step and every later one have.",
        Source = "Hu et al. 2024, arXiv:2404.06395, equation 1; Hägele et al. 2024, arXiv:2405.18392; BUG-OPT-05, BUG-OPT-06, "
            + "BUG-OPT-16",
        CanonicalCases = Usual,
        PlanCases = FromPlan,
        Subject = Real,
        Holds = (rate, c, _) => Verdict.All(c.Numbers.Select(n => Near(c.Oracle(n), rate(n), c, $"rate of step {n}"))),
        Impostors = new()
        {
            ["a cosine"] = (c, at) => ScheduleSpec.Create(c.Schedule, at, ScheduleKind.Cosine).GetLearningRate,
            ["decays from the warm-up on"] = (c, _) => n =>
                n <= c.Schedule.Warmup ? c.Oracle(n) : c.Oracle(n, decay: c.Schedule.Steps - c.Schedule.Warmup),
            ["the other shape"] = (c, _) => n => c.Oracle(n, isRoot: c.Shape != DecayShape.Sqrt),
            ["the ratio is that of the stable phase"] = (c, _) => n => c.Oracle(
                n, decay: Math.Max(1, c.Schedule.Steps - c.Schedule.Warmup - c.DecaySteps)),
            ["the ratio counts the steps after the warm-up"] = (c, _) => n => c.Oracle(
                n, decay: c.Schedule.Warmup == 0 ? c.DecaySteps + 1
                    : (long)Math.Round(c.DecayRatio * (c.Schedule.Steps - c.Schedule.Warmup))),
            ["decays to zero"] = (c, _) => n => c.Oracle(n, minimum: c.Schedule.Minimum > 0 ? 0 : c.Schedule.Peak / 100),
            ["the decay is a step late"] = (c, _) => n => n <= c.Schedule.Warmup ? c.Oracle(n) : c.Oracle(Math.Max(1, n - 1)),
            ["the decay is a step early"] = (c, _) => n => n <= c.Schedule.Warmup ? c.Oracle(n) : c.Oracle(n + 1),
            ["the decay is as long as the warm-up"] = (c, _) => n => c.Oracle(n, decay: c.Schedule.Warmup + 1),
            ["climbs again after the end"] = (c, _) => n =>
                n <= c.Schedule.Steps ? c.Oracle(n) : c.Oracle(n - c.Schedule.Steps),
            ["stepped per micro-batch"] = (c, _) => n => c.Oracle(2 * n),
        },
    };

    public static readonly Requirement<WsdCase, LearningRateFunction> OPT_23_Extendable = new()
    {
        Id = "OPT-23",
        Statement = "Until its decay, a wsd schedule does not depend on the number of steps, so that a run can be extended from "
            + "a checkpoint of the stable phase.",
        Source = "Hu et al. 2024, arXiv:2404.06395, section 4.1; BUG-OPT-07: the horizon is computed again",
        CanonicalCases = Usual,
        PlanCases = FromPlan,
        Subject = (c, at) => Real(Extended(c), at),
        Holds = (extended, c, _) => Verdict.All(c.Numbers
            .Where(n => n <= c.LastStable)
            .Select(n => Near(c.Oracle(n), extended(n), c, $"rate of step {n} of three times as many"))
            .Append(Near(Extended(c).Oracle(2 * c.Schedule.Steps), extended(2 * c.Schedule.Steps), c, "rate at twice the length"))
            .Append(Near(c.Schedule.Minimum, extended(3 * c.Schedule.Steps), c, "rate of the last step"))),
        Impostors = new()
        {
            ["a cosine of the new length"] = (c, at) =>
                ScheduleSpec.Create(Extended(c).Schedule, at, ScheduleKind.Cosine).GetLearningRate,
            ["the decay of the old length, then the minimum"] = (c, _) => n => c.Oracle(n),
            ["the new decay begins before the old one"] = (c, _) => n => Extended(c).Oracle(
                n, decay: Extended(c).Schedule.Steps - c.LastStable + 1),
            ["no decay any more"] = (c, _) => n => c.Oracle(Math.Min(n, c.LastStable)),
        },
    };

    public static IReadOnlyList<Requirement> All => [OPT_22_Oracle, OPT_23_Extendable];

    private static LearningRateFunction Real(WsdCase c, Conditions at) => LearningRateSchedule.FromPlan(
        at.Plan with
        {
            Training = at.Plan.Training with { Steps = c.Schedule.Steps, Epochs = null },
            Optimizer = at.Plan.Optimizer with
            {
                LearningRate = c.Schedule.Peak,
                MinimumLearningRate = c.Schedule.Minimum,
                WarmupSteps = c.Schedule.Warmup,
                WarmupRatio = null,
                Schedule = ScheduleKind.Wsd,
                DecayRatio = c.DecayRatio,
                DecayShape = c.Shape,
            },
        }).GetLearningRate;

    private static WsdCase Extended(WsdCase c) => c with { Schedule = c.Schedule with { Steps = 3 * c.Schedule.Steps } };

    private static IReadOnlyList<WsdCase> FromPlan(Conditions at)
    {
        var (optimizer, steps) = (at.Plan.Optimizer, at.Plan.Training.Steps);
        return optimizer.Schedule == ScheduleKind.Wsd && steps > optimizer.WarmupSteps
            ? [
                new(
                    new(optimizer.LearningRate, optimizer.MinimumLearningRate, optimizer.WarmupSteps, steps),
                    optimizer.DecayRatio, optimizer.DecayShape),
              ]
            : [];
    }

    private static Verdict Near(double expected, double measured, WsdCase c, string what) => Verdict.AtMost(
        1e-12 * c.Schedule.Peak, Math.Abs(measured - expected),
        FormattableString.Invariant($"{what} = {measured:G6} for {expected:G6}, |Δ|"));
}
