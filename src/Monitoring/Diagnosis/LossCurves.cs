using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;

namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>The curves of a run as rules read them: what is trend and what is noise.</summary>
/// <remarks>Everything is a function of the lines alone: the same run has the same diagnosis.</remarks>
public sealed class LossCurves
{
    private const int MinimumSteps = 50, BlockCount = 20;

    /// <param name="plan">The run.</param>
    /// <param name="steps">Its lines, ascending.</param>
    /// <param name="trainingTokens">Tokens of the training split; null where that is not known.</param>
    public LossCurves(TrainingPlan plan, IReadOnlyList<StepMetrics> steps, long? trainingTokens = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(steps);
        (Plan, TrainingTokens) = (plan, trainingTokens);
        NonFiniteSteps = [.. steps.Where(line => !double.IsFinite(line.Loss) || !double.IsFinite(line.GradientNorm))];
        FiniteSteps = [.. steps.Where(line => double.IsFinite(line.Loss))];
        Validation = [.. FiniteSteps.Where(line => line.ValidationLoss is { } loss && double.IsFinite(loss)).Select(line => (line.Step, line.ValidationLoss!.Value))];
        Spikes = LossSpike.Find(FiniteSteps);
        var inSpikes = Spikes.SelectMany(spike => Enumerable.Range(spike.From, spike.To - spike.From)).ToHashSet();
        StepsWithoutSpikes = [.. FiniteSteps.Where((_, i) => !inSpikes.Contains(i))];
        Noise = EstimateNoise([.. StepsWithoutSpikes.Skip(StepsWithoutSpikes.Count / 2).Select(line => line.Loss)]);
        ValidationNoise = EstimateNoise([.. Validation.Select(v => v.Loss)]);
        Blocks = FiniteSteps.Count < BlockCount ? [] : [.. Enumerable.Range(0, BlockCount).Select(i => LossBlock.FromSteps(FiniteSteps, i * FiniteSteps.Count / BlockCount, (i + 1) * FiniteSteps.Count / BlockCount))];
    }

    /// <summary>The run.</summary>
    public TrainingPlan Plan { get; }

    /// <summary>Tokens of the training split; null where that is not known.</summary>
    public long? TrainingTokens { get; }

    /// <summary>False where there are too few steps to tell trend from noise.</summary>
    public bool HasEnoughSteps => StepsWithoutSpikes.Count >= MinimumSteps;

    /// <summary>Lines whose loss or gradient is not a finite number.</summary>
    internal IReadOnlyList<StepMetrics> NonFiniteSteps { get; }

    /// <summary>Lines whose loss is a finite number.</summary>
    internal IReadOnlyList<StepMetrics> FiniteSteps { get; }

    /// <summary>Lines outside of spikes.</summary>
    internal IReadOnlyList<StepMetrics> StepsWithoutSpikes { get; }

    /// <summary>Sudden rises.</summary>
    internal IReadOnlyList<LossSpike> Spikes { get; }

    /// <summary>Twenty stretches of equally many lines; none where there are fewer lines.</summary>
    internal IReadOnlyList<LossBlock> Blocks { get; }

    /// <summary>Losses on held-out text.</summary>
    internal IReadOnlyList<(long Step, double Loss)> Validation { get; }

    /// <summary>Standard deviation of the loss of a single step about its trend.</summary>
    internal double Noise { get; }

    /// <summary>Standard deviation of a single validation about its trend.</summary>
    internal double ValidationNoise { get; }

    /// <summary>The last step.</summary>
    internal long LastStep => FiniteSteps[^1].Step;

    /// <summary>Loss of a model that has learned nothing: ln V, or ln 2 where it is compared with what it was.</summary>
    internal double RandomLoss => Math.Log(Plan.Preference?.Objective.NeedsReference == true ? 2 : Plan.Model.VocabSize);

    /// <summary>Training loss of the last twentieth of the steps.</summary>
    internal double FinalLoss => StepsWithoutSpikes.Skip(Math.Min(StepsWithoutSpikes.Count - 10, StepsWithoutSpikes.Count * 19 / 20)).Average(line => line.Loss);

    /// <summary>True where next to nothing was learned: the frequencies of words alone bring a model below.</summary>
    internal bool IsNearRandomLoss => FinalLoss > 0.85 * RandomLoss;

    /// <summary>True where most of what can be learned is still ahead: above that, the loss falls for other reasons too.</summary>
    internal bool IsEarly => FinalLoss > RandomLoss / 2;

    /// <summary>Learning rate of the last step ÷ the plan's highest.</summary>
    internal double LearningRateFraction => FiniteSteps[^1].LearningRate / Plan.Optimizer.LearningRate;

    /// <summary>Share of the plan that is done.</summary>
    internal double FractionDone => (double)LastStep / Plan.Training.Steps;

    /// <summary>True when half of the steps came after the warm-up, so that a trend is one of learning.</summary>
    internal bool IsPastWarmup => GetStepInRun(FiniteSteps[^1]) >= 2 * Plan.Optimizer.WarmupSteps;

    /// <summary>Training loss near a step.</summary>
    internal double GetMeanLossNear(long step)
    {
        var at = StepsWithoutSpikes.Count(line => line.Step <= step);
        var width = Math.Max(5, StepsWithoutSpikes.Count / 20);
        return StepsWithoutSpikes.Skip(Math.Max(0, at - width)).Take(width).Average(line => line.Loss);
    }

    /// <summary>How much the training loss falls while the number of steps doubles, and the standard error of that.</summary>
    /// <param name="from">Share of the steps at which to begin: 0.5 is the last doubling.</param>
    /// <param name="to">Share of the steps at which to end.</param>
    internal (double Fall, double Error) FitFallPerDoubling(double from, double to)
    {
        var steps = GetStepInRun(FiniteSteps[^1]);
        var points = StepsWithoutSpikes.Where(line => GetStepInRun(line) >= from * steps && GetStepInRun(line) <= to * steps).Select(line => (X: Math.Log2(GetStepInRun(line)), Y: line.Loss)).ToArray();
        if (points.Length < 10) return (double.NaN, double.PositiveInfinity);
        var (x, y) = (points.Average(p => p.X), points.Average(p => p.Y));
        var width = points.Sum(p => (p.X - x) * (p.X - x));
        var slope = points.Sum(p => (p.X - x) * (p.Y - y)) / width;
        var rest = points.Sum(p => Math.Pow(p.Y - y - slope * (p.X - x), 2)) / (points.Length - 2);
        return (-slope, Math.Sqrt(rest / width));
    }

    // Steps of this run, counted from 1: rounds go on with the numbers of others.
    private double GetStepInRun(StepMetrics line) => line.Step - FiniteSteps[0].Step + 1;

    // From third differences, which no trend that bends evenly is in; by their median, which no single jump is in.
    private static double EstimateNoise(double[] values)
    {
        if (values.Length < 5) return double.NaN;
        var third = Enumerable.Range(3, values.Length - 3).Select(i => Math.Abs(values[i] - 3 * values[i - 1] + 3 * values[i - 2] - values[i - 3])).Order().ToArray();
        return 1.4826 * third[third.Length / 2] / Math.Sqrt(20);
    }
}
