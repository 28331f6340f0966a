using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;

namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>The curves of a run, separated into trend and noise.</summary>
/// <remarks>A function of the recorded steps alone: the same run always has the same diagnosis.</remarks>
public sealed class LossCurves
{
    private const int MinimumSteps = 50, BlockCount = 20;

    /// <param name="plan">The plan of the run.</param>
    /// <param name="steps">Its steps, ascending.</param>
    /// <param name="trainingTokens">Tokens of the training split; null if unknown.</param>
    public LossCurves(TrainingPlan plan, IReadOnlyList<StepMetrics> steps, long? trainingTokens = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(steps);
        (Plan, TrainingTokens) = (plan, trainingTokens);
        NonFiniteSteps = [.. steps.Where(line => !double.IsFinite(line.Loss) || !double.IsFinite(line.GradientNorm))];
        FiniteSteps = [.. steps.Where(line => double.IsFinite(line.Loss))];
        Validation =
        [
            .. FiniteSteps
                .Where(line => line.ValidationLoss is { } loss && double.IsFinite(loss))
                .Select(line => (line.Step, line.ValidationLoss!.Value)),
        ];
        Spikes = LossSpike.Find(FiniteSteps);
        var inSpikes = Spikes.SelectMany(spike => Enumerable.Range(spike.From, spike.To - spike.From)).ToHashSet();
        StepsWithoutSpikes = [.. FiniteSteps.Where((_, i) => !inSpikes.Contains(i))];
        Noise = EstimateNoise([.. StepsWithoutSpikes.Skip(StepsWithoutSpikes.Count / 2).Select(line => line.Loss)]);
        ValidationNoise = EstimateNoise([.. Validation.Select(v => v.Loss)]);
        Blocks =
            FiniteSteps.Count < BlockCount
                ? []
                :
                [
                    .. Enumerable
                        .Range(0, BlockCount)
                        .Select(i =>
                            LossBlock.FromSteps(
                                FiniteSteps, i * FiniteSteps.Count / BlockCount, (i + 1) * FiniteSteps.Count / BlockCount)),
                ];
    }

    /// <summary>The plan of the run.</summary>
    public TrainingPlan Plan { get; }

    /// <summary>Tokens of the training split; null if unknown.</summary>
    public long? TrainingTokens { get; }

    /// <summary>True if there are enough steps to distinguish a trend from noise.</summary>
    public bool HasEnoughSteps => StepsWithoutSpikes.Count >= MinimumSteps;

    /// <summary>Steps with a loss or gradient that is not finite.</summary>
    internal IReadOnlyList<StepMetrics> NonFiniteSteps { get; }

    /// <summary>Steps with a finite loss.</summary>
    internal IReadOnlyList<StepMetrics> FiniteSteps { get; }

    /// <summary>Steps outside of spikes.</summary>
    internal IReadOnlyList<StepMetrics> StepsWithoutSpikes { get; }

    /// <summary>Spikes of the training loss.</summary>
    internal IReadOnlyList<LossSpike> Spikes { get; }

    /// <summary>Twenty blocks with equal numbers of steps; empty if there are fewer steps.</summary>
    internal IReadOnlyList<LossBlock> Blocks { get; }

    /// <summary>Validation losses.</summary>
    internal IReadOnlyList<(long Step, double Loss)> Validation { get; }

    /// <summary>Standard deviation of the loss of a single step around its trend.</summary>
    internal double Noise { get; }

    /// <summary>Standard deviation of a single validation loss around its trend.</summary>
    internal double ValidationNoise { get; }

    /// <summary>The last step.</summary>
    internal long LastStep => FiniteSteps[^1].Step;

    /// <summary>Loss of an untrained model: ln V, or ln 2 for an objective that compares with a reference model.</summary>
    internal double RandomLoss => Math.Log(Plan.Preference?.Objective.NeedsReference == true ? 2 : Plan.Model.VocabSize);

    /// <summary>Mean training loss of the last twentieth of the steps.</summary>
    internal double FinalLoss =>
        StepsWithoutSpikes
            .Skip(Math.Min(StepsWithoutSpikes.Count - 10, StepsWithoutSpikes.Count * 19 / 20))
            .Average(line => line.Loss);

    /// <summary>True if the model has learned next to nothing: token frequencies alone give a lower loss.</summary>
    internal bool IsNearRandomLoss => FinalLoss > 0.85 * RandomLoss;

    /// <summary>
    /// True if most of the possible improvement is still to come, so that the loss also falls for other reasons.
    /// </summary>
    internal bool IsEarly => FinalLoss > RandomLoss / 2;

    /// <summary>Learning rate of the last step ÷ peak learning rate of the plan.</summary>
    internal double LearningRateFraction => FiniteSteps[^1].LearningRate / Plan.Optimizer.LearningRate;

    /// <summary>Share of the plan's steps that were taken.</summary>
    internal double FractionDone => (double)LastStep / Plan.Training.Steps;

    /// <summary>True if at least half of the steps came after the warm-up, so that the trend is due to learning.</summary>
    internal bool IsPastWarmup => GetStepInRun(FiniteSteps[^1]) >= 2 * Plan.Optimizer.WarmupSteps;

    /// <summary>Returns the mean training loss around a step.</summary>
    internal double GetMeanLossNear(long step)
    {
        var at = StepsWithoutSpikes.Count(line => line.Step <= step);
        var width = Math.Max(5, StepsWithoutSpikes.Count / 20);
        return StepsWithoutSpikes.Skip(Math.Max(0, at - width)).Take(width).Average(line => line.Loss);
    }

    /// <summary>Fits how much the training loss falls per doubling of the steps, with the standard error.</summary>
    /// <param name="from">Share of the steps at which to start: 0.5 is the last doubling.</param>
    /// <param name="to">Share of the steps at which to end.</param>
    internal (double Fall, double Error) FitFallPerDoubling(double from, double to)
    {
        var steps = GetStepInRun(FiniteSteps[^1]);
        var points = StepsWithoutSpikes
            .Where(line => GetStepInRun(line) >= from * steps && GetStepInRun(line) <= to * steps)
            .Select(line => (X: Math.Log2(GetStepInRun(line)), Y: line.Loss))
            .ToArray();
        if (points.Length < 10) return (double.NaN, double.PositiveInfinity);
        var (x, y) = (points.Average(p => p.X), points.Average(p => p.Y));
        var width = points.Sum(p => (p.X - x) * (p.X - x));
        var slope = points.Sum(p => (p.X - x) * (p.Y - y)) / width;
        var rest = points.Sum(p => Math.Pow(p.Y - y - slope * (p.X - x), 2)) / (points.Length - 2);
        return (-slope, Math.Sqrt(rest / width));
    }

    // Steps of this run, counted from 1: a warm start may continue the step numbers of another run.
    private double GetStepInRun(StepMetrics line) => line.Step - FiniteSteps[0].Step + 1;

    // Third differences cancel any smooth trend; their median ignores single jumps.
    private static double EstimateNoise(double[] values)
    {
        if (values.Length < 5) return double.NaN;
        var third = Enumerable
            .Range(3, values.Length - 3)
            .Select(i => Math.Abs(values[i] - 3 * values[i - 1] + 3 * values[i - 2] - values[i - 3]))
            .Order()
            .ToArray();
        return 1.4826 * third[third.Length / 2] / Math.Sqrt(20);
    }
}
