using System.Globalization;
using TurkishLlm.Plans;

namespace TurkishLlm.Training.Optimization;

/// <summary>
/// The learning rate of an optimizer step: linear warm-up, then cosine or linear decay to the minimum, or the peak until a short
/// decay at the end (wsd). A closed formula of the step, so resuming needs no state and accumulation cannot advance it.
/// </summary>
/// <remarks>
/// Steps are counted from 1, as they are logged. Source: reference report, section 10; its table in section 13 prints
/// 6.00e-06 at step 10 and 3.00e-04 at step 500, which fixes the numbering. Warm-up, stable, decay: Hu et al. 2024,
/// arXiv:2404.06395, equation 1; 1 − √p: Hägele et al. 2024, arXiv:2405.18392, section 3.2. Spec: P52, P53, P54, OPT-19, OPT-22,
/// OPT-23.
/// </remarks>
public sealed record LearningRateSchedule
{
    /// <param name="peak">Learning rate of the last warm-up step.</param>
    /// <param name="minimum">Learning rate of the last step and all later ones.</param>
    /// <param name="warmupSteps">Number of warm-up steps; 0 for none.</param>
    /// <param name="steps">The last step.</param>
    /// <param name="kind">Shape of the schedule.</param>
    /// <param name="decaySteps">Number of decay steps of <see cref="ScheduleKind.Wsd"/>; other kinds ignore it.</param>
    /// <param name="decayShape">Shape of the decay of <see cref="ScheduleKind.Wsd"/>; other kinds ignore it.</param>
    /// <exception cref="ArgumentException">
    /// The warm-up is not shorter than the training, the decay does not fit after it, or the minimum is above the peak.
    /// </exception>
    public LearningRateSchedule(
        double peak, double minimum, long warmupSteps, long steps,
        ScheduleKind kind = ScheduleKind.Cosine, long decaySteps = 0, DecayShape decayShape = DecayShape.Linear)
    {
        if (!(peak >= minimum && minimum >= 0 && double.IsFinite(peak)))
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, 
                $"The minimum of a schedule cannot be above its peak, but peak = {peak} and minimum = {minimum}."), nameof(peak));
        if (warmupSteps < 0 || warmupSteps >= steps)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, 
                $"The warm-up must end before the last step, but warmupSteps = {warmupSteps} and steps = "
                    + $"{steps}."), nameof(warmupSteps));
        if (kind == ScheduleKind.Wsd && (decaySteps < 1 || warmupSteps + decaySteps > steps))
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"The decay must fit between the warm-up and the last step, but decaySteps = {decaySteps}, warmupSteps = "
                    + $"{warmupSteps} and steps = {steps}."), nameof(decaySteps));
        (Peak, Minimum, WarmupSteps, Steps, Kind) = (peak, minimum, warmupSteps, steps, kind);
        (DecaySteps, DecayShape) = (decaySteps, decayShape);
    }

    /// <summary>Learning rate of the last warm-up step.</summary>
    public double Peak { get; }

    /// <summary>
    /// Learning rate at the end of the decay: reached at the last step (cosine, wsd) or one step later (linear), and kept from
    /// then on.
    /// </summary>
    public double Minimum { get; }

    /// <summary>Number of warm-up steps.</summary>
    public long WarmupSteps { get; }

    /// <summary>The last step.</summary>
    public long Steps { get; }

    /// <summary>Shape of the schedule.</summary>
    public ScheduleKind Kind { get; }

    /// <summary>Number of decay steps of <see cref="ScheduleKind.Wsd"/>.</summary>
    public long DecaySteps { get; }

    /// <summary>Shape of the decay of <see cref="ScheduleKind.Wsd"/>.</summary>
    public DecayShape DecayShape { get; }

    /// <summary>Creates the schedule of a plan.</summary>
    public static LearningRateSchedule FromPlan(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return new(
            plan.Optimizer.LearningRate, plan.Optimizer.MinimumLearningRate, plan.Optimizer.WarmupSteps, plan.Training.Steps,
            plan.Optimizer.Schedule, plan.Optimizer.CountDecaySteps(plan.Training.Steps), plan.Optimizer.DecayShape);
    }

    /// <summary>Returns the learning rate of the <paramref name="step"/>-th optimizer step.</summary>
    /// <param name="step">1 … <see cref="Steps"/>; later steps have the minimum.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="step"/> is less than 1.</exception>
    public double GetLearningRate(long step)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(step, 1);
        if (step > Steps || (step == Steps && Kind != ScheduleKind.Linear)) return Minimum;
        if (step <= WarmupSteps) return Peak * ((double)step / WarmupSteps);
        if (Kind == ScheduleKind.Linear) return Minimum + (Peak - Minimum) * (Steps - step + 1) / (Steps - WarmupSteps);
        if (Kind == ScheduleKind.Wsd) return GetStableOrDecayedRate(step);
        var progress = (double)(step - WarmupSteps) / (Steps - WarmupSteps);
        return Minimum + (Peak - Minimum) * (1 + Math.Cos(Math.PI * progress)) / 2;
    }

    private double GetStableOrDecayedRate(long step)
    {
        var passed = Math.Max(0, step - (Steps - DecaySteps)) / (double)DecaySteps;
        var remaining = 1 - (DecayShape == DecayShape.Sqrt ? Math.Sqrt(passed) : passed);
        return Minimum + (Peak - Minimum) * remaining;
    }
}
