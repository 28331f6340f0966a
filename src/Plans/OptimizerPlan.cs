using System.Globalization;
using TurkishLlm.Model;

namespace TurkishLlm.Plans;

/// <summary>AdamW and its schedule: section <c>optimizer</c> of a plan.</summary>
/// <param name="LearningRate">At the end of the warm-up, the highest.</param>
/// <param name="MinimumLearningRate">At the last step, the lowest.</param>
/// <param name="WarmupSteps">Steps over which the learning rate rises to its peak.</param>
/// <remarks>Defaults: reference report, section 10. The learning rates and the warm-up have none: a schedule is never implied.</remarks>
public sealed record OptimizerPlan(double LearningRate, double MinimumLearningRate, long WarmupSteps)
{
    /// <summary>Share of all steps over which the learning rate rises; null where <see cref="WarmupSteps"/> says it. Settled as epochs are.</summary>
    public double? WarmupRatio { get; init; }

    /// <summary>Which weights move faster or slower than the others.</summary>
    public LearningRateMultipliers LearningRateMultipliers { get; init; } = new();

    /// <summary>Weights that do not move.</summary>
    public FreezePlan Freeze { get; init; } = new();

    /// <summary>Shape of the schedule after the warm-up.</summary>
    public ScheduleKind Schedule { get; init; } = ScheduleKind.Cosine;

    /// <summary>Decay of the mean of gradients.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the mean of squared gradients.</summary>
    public double Beta2 { get; init; } = 0.95;

    /// <summary>Added to the root of the mean of squared gradients.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Share of the learning rate by which matrices shrink in a step; norms are exempt.</summary>
    public double WeightDecay { get; init; } = 0.1;

    /// <summary>Longest gradient, as global L2 norm; longer ones are scaled down. 0 is no limit.</summary>
    public double GradientClip { get; init; } = 1;

    internal IEnumerable<ConfigurationProblem> FindProblems(long steps)
    {
        foreach (var problem in (ConfigurationProblem[])
        [
            .. PlanRange.MoreThan(0, LearningRate, "optimizer.learning_rate"),
            .. PlanRange.AtLeast(0, MinimumLearningRate, "optimizer.minimum_learning_rate"),
            .. PlanRange.AtLeast(0, WarmupSteps, "optimizer.warmup_steps"),
            .. WarmupRatio is { } share ? PlanRange.Share(share, "optimizer.warmup_ratio") : [],
            .. LearningRateMultipliers.FindProblems(),
            .. PlanRange.Share(Beta1, "optimizer.beta1"),
            .. PlanRange.Share(Beta2, "optimizer.beta2"),
            .. PlanRange.MoreThan(0, Epsilon, "optimizer.epsilon"),
            .. PlanRange.AtLeast(0, WeightDecay, "optimizer.weight_decay"),
            .. PlanRange.AtLeast(0, GradientClip, "optimizer.gradient_clip"),
        ])
            yield return problem;

        if (LearningRate > 0 && MinimumLearningRate > LearningRate)
            yield return new(
                string.Create(CultureInfo.InvariantCulture, $"optimizer.minimum_learning_rate is {MinimumLearningRate}, more than optimizer.learning_rate = {LearningRate}. Use minimum_learning_rate: {PlanRange.FormatNumber(LearningRate / 10)}."),
                "optimizer.minimum_learning_rate", "optimizer.learning_rate");

        if (steps > 0 && WarmupSteps >= steps)
            yield return new(
                string.Create(CultureInfo.InvariantCulture, $"optimizer.warmup_steps is {WarmupSteps}, but there are only training.steps = {steps}: the peak would never be left. Use warmup_steps: {steps / 10}."),
                "optimizer.warmup_steps", "training.steps");
    }
}
