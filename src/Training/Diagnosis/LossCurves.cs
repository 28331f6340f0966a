namespace TurkishLlm.Training;

/// <summary>The curves of a run as rules read them: what is trend and what is noise.</summary>
/// <remarks>Everything is a function of the lines alone: the same run has the same diagnosis.</remarks>
public sealed class LossCurves
{
    private const int FewestLines = 50, BlockCount = 20;

    /// <param name="plan">The run.</param>
    /// <param name="steps">Its lines, ascending.</param>
    /// <param name="trainingTokens">Tokens of the training split; null where that is not known.</param>
    public LossCurves(TrainingPlan plan, IReadOnlyList<StepMetrics> steps, long? trainingTokens = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(steps);
        (Plan, TrainingTokens) = (plan, trainingTokens);
        NotFinite = [.. steps.Where(line => !double.IsFinite(line.Loss) || !double.IsFinite(line.GradientNorm))];
        Lines = [.. steps.Where(line => double.IsFinite(line.Loss))];
        Validation = [.. Lines.Where(line => line.ValidationLoss is { } loss && double.IsFinite(loss)).Select(line => (line.Step, line.ValidationLoss!.Value))];
        Spikes = LossSpike.Find(Lines);
        var inSpikes = Spikes.SelectMany(spike => Enumerable.Range(spike.From, spike.To - spike.From)).ToHashSet();
        Calm = [.. Lines.Where((_, i) => !inSpikes.Contains(i))];
        Noise = Spread([.. Calm.Skip(Calm.Count / 2).Select(line => line.Loss)]);
        ValidationNoise = Spread([.. Validation.Select(v => v.Loss)]);
        Blocks = Lines.Count < BlockCount ? [] : [.. Enumerable.Range(0, BlockCount).Select(i => LossBlock.Of(Lines, i * Lines.Count / BlockCount, (i + 1) * Lines.Count / BlockCount))];
    }

    /// <summary>The run.</summary>
    public TrainingPlan Plan { get; }

    /// <summary>Tokens of the training split; null where that is not known.</summary>
    public long? TrainingTokens { get; }

    /// <summary>False where there are too few steps to tell trend from noise.</summary>
    public bool CanBeRead => Calm.Count >= FewestLines;

    /// <summary>Lines whose loss or gradient is not a finite number.</summary>
    internal IReadOnlyList<StepMetrics> NotFinite { get; }

    /// <summary>Lines whose loss is a finite number.</summary>
    internal IReadOnlyList<StepMetrics> Lines { get; }

    /// <summary>Lines outside of spikes.</summary>
    internal IReadOnlyList<StepMetrics> Calm { get; }

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
    internal long Reached => Lines[^1].Step;

    /// <summary>Loss of a model that has learned nothing: ln V, or ln 2 where it is compared with what it was.</summary>
    internal double AtRandom => Math.Log(Plan.Preference?.Objective.NeedsReference == true ? 2 : Plan.Model.VocabSize);

    /// <summary>Training loss of the last twentieth of the steps.</summary>
    internal double Final => Calm.Skip(Math.Min(Calm.Count - 10, Calm.Count * 19 / 20)).Average(line => line.Loss);

    /// <summary>True where next to nothing was learned: the frequencies of words alone bring a model below.</summary>
    internal bool IsAtTheBeginning => Final > 0.85 * AtRandom;

    /// <summary>True where most of what can be learned is still ahead: above that, the loss falls for other reasons too.</summary>
    internal bool IsEarly => Final > AtRandom / 2;

    /// <summary>Learning rate of the last step ÷ the plan's highest.</summary>
    internal double RateShare => Lines[^1].LearningRate / Plan.Optimizer.LearningRate;

    /// <summary>Share of the plan that is done.</summary>
    internal double Done => (double)Reached / Plan.Training.Steps;

    /// <summary>True when half of the steps came after the warm-up, so that a trend is one of learning.</summary>
    internal bool IsPastWarmup => Count(Lines[^1]) >= 2 * Plan.Optimizer.WarmupSteps;

    /// <summary>Training loss near a step.</summary>
    internal double Near(long step)
    {
        var at = Calm.Count(line => line.Step <= step);
        var width = Math.Max(5, Calm.Count / 20);
        return Calm.Skip(Math.Max(0, at - width)).Take(width).Average(line => line.Loss);
    }

    /// <summary>How much the training loss falls while the number of steps doubles, and the standard error of that.</summary>
    /// <param name="from">Share of the steps at which to begin: 0.5 is the last doubling.</param>
    /// <param name="to">Share of the steps at which to end.</param>
    internal (double Fall, double Error) PerDoubling(double from, double to)
    {
        var steps = Count(Lines[^1]);
        var points = Calm.Where(line => Count(line) >= from * steps && Count(line) <= to * steps).Select(line => (X: Math.Log2(Count(line)), Y: line.Loss)).ToArray();
        if (points.Length < 10) return (double.NaN, double.PositiveInfinity);
        var (x, y) = (points.Average(p => p.X), points.Average(p => p.Y));
        var width = points.Sum(p => (p.X - x) * (p.X - x));
        var slope = points.Sum(p => (p.X - x) * (p.Y - y)) / width;
        var rest = points.Sum(p => Math.Pow(p.Y - y - slope * (p.X - x), 2)) / (points.Length - 2);
        return (-slope, Math.Sqrt(rest / width));
    }

    // Steps of this run, counted from 1: rounds go on with the numbers of others.
    private double Count(StepMetrics line) => line.Step - Lines[0].Step + 1;

    // From third differences, which no trend that bends evenly is in; by their median, which no single jump is in.
    private static double Spread(double[] values)
    {
        if (values.Length < 5) return double.NaN;
        var third = Enumerable.Range(3, values.Length - 3).Select(i => Math.Abs(values[i] - 3 * values[i - 1] + 3 * values[i - 2] - values[i - 3])).Order().ToArray();
        return 1.4826 * third[third.Length / 2] / Math.Sqrt(20);
    }
}
