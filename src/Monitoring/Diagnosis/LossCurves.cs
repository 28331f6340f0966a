using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;

namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>The curves of a run, separated into trend and noise.</summary>
/// <remarks>A function of the recorded steps alone: the same run always has the same diagnosis.</remarks>
public sealed class LossCurves
{
    /// <summary>Number of steps below which a training loss has no trend.</summary>
    internal const int MinimumSteps = 50;

    private const int BlockCount = 20;

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
        NonFiniteValidationStep = steps.FirstOrDefault(line => line.ValidationLoss is { } loss && !double.IsFinite(loss))?.Step;
        MeasuredLosses = steps is [{ InitialValidation.Loss: { } initial }, ..] && double.IsFinite(initial)
            ? [(steps[0].Step - 1, initial), .. Validation] : Validation;
        ValidationTrend = ValidationTrend.Describe(MeasuredLosses);
        Spikes = LossSpike.Find(FiniteSteps);
        var inSpikes = Spikes.SelectMany(spike => Enumerable.Range(spike.From, spike.To - spike.From)).ToHashSet();
        StepsWithoutSpikes = [.. FiniteSteps.Where((_, i) => !inSpikes.Contains(i))];
        Noise = CurveNoise.Estimate([.. StepsWithoutSpikes.Skip(StepsWithoutSpikes.Count / 2).Select(line => line.Loss)]);
        ValidationNoise = CurveNoise.Estimate([.. Validation.Select(v => v.Loss)]);
        Blocks =
            FiniteSteps.Count < MinimumSteps
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

    /// <summary>Twenty blocks with equal numbers of steps; empty if there are too few steps.</summary>
    internal IReadOnlyList<LossBlock> Blocks { get; }

    /// <summary>First step with a validation loss that is not finite; null if all are finite.</summary>
    internal long? NonFiniteValidationStep { get; }

    /// <summary>The validation losses, and before them that of the initial weights if it was measured.</summary>
    internal IReadOnlyList<(long Step, double Loss)> MeasuredLosses { get; }

    /// <summary>The trend of <see cref="MeasuredLosses"/>; null if there are fewer than two.</summary>
    internal ValidationTrend? ValidationTrend { get; }

    /// <summary>Validation losses.</summary>
    internal IReadOnlyList<(long Step, double Loss)> Validation { get; }

    /// <summary>Standard deviation of the loss of a single step around its trend.</summary>
    internal double Noise { get; }

    /// <summary>Standard deviation of a single validation loss around its trend.</summary>
    internal double ValidationNoise { get; }

    /// <summary>The last step.</summary>
    internal long LastStep => FiniteSteps[^1].Step;

    /// <summary>
    /// Loss of an untrained model: ln V; ln 2 for DPO and a reward model; half the mean weight for KTO, if as many answers are
    /// desirable as not.
    /// </summary>
    internal double RandomLoss => GetRandomLoss(Plan);

    /// <summary>True for fine-tuning and preference training, in which a rise of the loss is no part of a good run.</summary>
    internal bool IsFineTuning =>
        Plan.Sft is not null || Plan.Preference is not null || Plan.Grpo is not null;

    /// <summary>True if the run is known to have read no text twice, so that its training loss is one on new text.</summary>
    internal bool IsSinglePass => TrainingTokens is { } tokens && FiniteSteps.Count > 0 && FiniteSteps[^1].Tokens <= tokens;

    /// <summary>Mean training loss of the first steps: a twentieth of them, at least 3 and at most 10.</summary>
    internal double InitialLoss => FiniteSteps.Take(Math.Clamp(FiniteSteps.Count / 20, 3, 10)).Average(line => line.Loss);

    /// <summary>Returns the loss of an untrained model.</summary>
    internal static double GetRandomLoss(TrainingPlan plan) =>
        plan.Preference?.Objective switch
        {
            DpoPlan or RewardPlan => Math.Log(2),
            KtoPlan kto => (kto.DesirableWeight + kto.UndesirableWeight) / 4,
            _ => Math.Log(plan.Model.VocabSize),
        };

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

    /// <summary>Number of steps of a mean training loss.</summary>
    internal int MeanWidth => Math.Max(5, StepsWithoutSpikes.Count / 20);

    /// <summary>Returns the mean training loss around a step.</summary>
    internal double GetMeanLossNear(long step)
    {
        var at = StepsWithoutSpikes.Count(line => line.Step <= step);
        return StepsWithoutSpikes.Skip(Math.Max(0, at - MeanWidth)).Take(MeanWidth).Average(line => line.Loss);
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
}
