using System.Globalization;
using TurkishLlm.Model;

namespace TurkishLlm.Plans;

/// <summary>The optimizer and the schedule of its learning rate: section <c>optimizer</c> of a plan.</summary>
/// <param name="LearningRate">Peak learning rate, reached at the end of the warm-up.</param>
/// <param name="MinimumLearningRate">Learning rate at the end of the schedule.</param>
/// <param name="WarmupSteps">Number of steps in which the learning rate rises to its peak.</param>
/// <remarks>
/// Defaults: reference report, section 10. Learning rates and warm-up have no default: a plan states its schedule.
/// </remarks>
public sealed record OptimizerPlan(double LearningRate, double MinimumLearningRate, long WarmupSteps)
{
    /// <summary>
    /// Fraction of all steps used for the warm-up; null if <see cref="WarmupSteps"/> gives it. Resolved together with epochs.
    /// </summary>
    public double? WarmupRatio { get; init; }

    /// <summary>Factors of the learning rate for groups of weights.</summary>
    public LearningRateMultipliers LearningRateMultipliers { get; init; } = new();

    /// <summary>Weights that are not trained.</summary>
    public FreezePlan Freeze { get; init; } = new();

    /// <summary>The optimizer.</summary>
    public OptimizerKind Kind { get; init; } = OptimizerKind.AdamW;

    /// <summary>Hyperparameters of the matrices for <see cref="OptimizerKind.Muon"/>.</summary>
    public MuonPlan Muon { get; init; } = new();

    /// <summary>Peak learning rate of the matrices of the blocks, before multipliers.</summary>
    public double MatrixLearningRate =>
        Kind == OptimizerKind.Muon && Muon.LearningRate is { } own ? own : LearningRate;

    /// <summary>Shape of the decay after the warm-up.</summary>
    public ScheduleKind Schedule { get; init; } = ScheduleKind.Cosine;

    /// <summary>Fraction of all steps in which the learning rate of <see cref="ScheduleKind.Wsd"/> falls.</summary>
    /// <remarks>Default: Hu et al. 2024, arXiv:2404.06395, section 4.3: a tenth of all tokens is enough.</remarks>
    public double DecayRatio { get; init; } = 0.1;

    /// <summary>Shape of the decay of <see cref="ScheduleKind.Wsd"/>.</summary>
    public DecayShape DecayShape { get; init; } = DecayShape.Linear;

    /// <summary>Decay of the moving average of the gradient.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the moving average of the squared gradient.</summary>
    public double Beta2 { get; init; } = 0.95;

    /// <summary>Constant added to the denominator of an update.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Decoupled weight decay of matrices; norms have none.</summary>
    public double WeightDecay { get; init; } = 0.1;

    /// <summary>Maximum global L2 norm of the gradient, which is scaled down if larger; 0 = no limit.</summary>
    public double GradientClip { get; init; } = 1;

    /// <summary>
    /// Returns the number of decay steps of <see cref="ScheduleKind.Wsd"/>: the nearest whole number, at least 1.
    /// </summary>
    /// <param name="steps">Number of steps of the run.</param>
    public long CountDecaySteps(long steps) => Math.Max(1, (long)Math.Round(DecayRatio * steps));

    internal IEnumerable<ConfigurationProblem> FindProblems(long steps) =>
        [.. FindRateProblems(steps), .. FindDecayProblems(steps), .. FindMuonProblems()];

    private IEnumerable<ConfigurationProblem> FindRateProblems(long steps)
    {
        if (LearningRate > 0 && MinimumLearningRate > LearningRate)
            yield return new(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"optimizer.minimum_learning_rate is {MinimumLearningRate}, more than optimizer.learning_rate "
                        + $"= {LearningRate}. Use minimum_learning_rate: "
                        + $"{(LearningRate / 10).ToString("0.###e-00", CultureInfo.InvariantCulture)}."),
                "optimizer.minimum_learning_rate", "optimizer.learning_rate");

        if (steps > 0 && WarmupSteps >= steps)
            yield return new(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"optimizer.warmup_steps is {WarmupSteps}, but there are only training.steps = {steps}, so "
                        + $"the learning rate would never decay. Use warmup_steps: {steps / 10}."),
                "optimizer.warmup_steps", "training.steps");
    }

    private IEnumerable<ConfigurationProblem> FindDecayProblems(long steps)
    {
        if (Schedule != ScheduleKind.Wsd)
        {
            var defaults = new OptimizerPlan(LearningRate, MinimumLearningRate, WarmupSteps);
            if ((DecayRatio, DecayShape) != (defaults.DecayRatio, defaults.DecayShape))
                yield return new(
                    $"optimizer.decay_ratio and decay_shape are for schedule: wsd, but optimizer.schedule is "
                        + $"{PlanWriter.GetName(Schedule)}, which decays from the warm-up on. Use schedule: wsd, or remove them.",
                    "optimizer.decay_ratio", "optimizer.decay_shape", "optimizer.schedule");
        }
        else if (steps > WarmupSteps && DecayRatio is > 0 and <= 1 && WarmupSteps + CountDecaySteps(steps) > steps)
        {
            yield return new(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"optimizer.decay_ratio is {DecayRatio}, which is {CountDecaySteps(steps)} of training.steps = {steps}, but "
                        + $"the warm-up leaves only {steps - WarmupSteps}. "
                        + $"Use decay_ratio: {Math.Floor(1000.0 * (steps - WarmupSteps) / steps) / 1000}, or a shorter warm-up."),
                "optimizer.decay_ratio", "optimizer.warmup_steps", "training.steps");
        }
    }

    private IEnumerable<ConfigurationProblem> FindMuonProblems()
    {
        if (Kind != OptimizerKind.Muon && Muon != new MuonPlan())
            yield return new(
                "optimizer.muon is for kind: muon, but optimizer.kind is adamw. Use kind: muon, or remove the section.",
                "optimizer.muon", "optimizer.kind");
    }
}
