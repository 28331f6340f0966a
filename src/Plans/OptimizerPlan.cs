using System.Globalization;
using TurkishLlm.Model;

namespace TurkishLlm.Plans;

/// <summary>AdamW and the schedule of its learning rate: section <c>optimizer</c> of a plan.</summary>
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

    /// <summary>Shape of the decay after the warm-up.</summary>
    public ScheduleKind Schedule { get; init; } = ScheduleKind.Cosine;

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

    internal IEnumerable<ConfigurationProblem> FindProblems(long steps)
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
}
