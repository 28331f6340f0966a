using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;

namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>
/// Detects a training loss that rises and stays high, step by step: the verdict is the same during training, after resuming, and
/// when the run is read later.
/// </summary>
/// <remarks>
/// Compares the medians of blocks of steps, which single spikes do not change, with the lowest one and with the losses of the
/// first steps. Two blocks in a row must be too high, and the second must not be on its way down, unless the loss is above that
/// of an untrained model.
/// </remarks>
public sealed class DivergenceDetector
{
    private const double Least = 0.2;               // rise ÷ lowest level; the restart of a learning rate schedule is below it
    private const double AboveRandom = 1.1;         // loss ÷ loss of an untrained model
    private const double FarAboveLowest = 1.5;      // loss ÷ lowest level
    private const double NoiseFactor = 6;           // standard errors of the difference of two medians
    private const int SmallestBlock = 5, LargestBlock = 100, BlocksPerRun = 50, NoiseWindow = 100, FewestDifferences = 10;

    private readonly double _randomLoss;
    private readonly double[] _block;
    private readonly Queue<double> _differences = new(NoiseWindow);
    private readonly double[] _noise = new double[NoiseWindow], _sorted = new double[NoiseWindow];
    private int _filled;
    private long _lastStep;
    private readonly List<(long Step, double Loss)> _first = new(3);
    private double _previousLoss = double.NaN, _previousLevel = double.NaN;
    private double _lowest = double.NaN, _noiseAtLowest = double.NaN;
    private long _lowestStep;
    private double _highest;
    private readonly bool _isLearningCurve;

    /// <param name="plan">The plan of the run.</param>
    public DivergenceDetector(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        (_randomLoss, _isLearningCurve) = (LossCurves.GetRandomLoss(plan), plan.Grpo is null);
        var size = Math.Clamp(plan.Training.Steps / BlocksPerRun, SmallestBlock, LargestBlock);
        _block = new double[size];
    }

    /// <summary>The divergence in progress; null if the loss has not diverged, or has recovered.</summary>
    public LossDivergence? Current { get; private set; }

    /// <summary>Adds the next step.</summary>
    /// <returns>True if the verdict changed: the loss diverges, is twice as high as last reported, or has recovered.</returns>
    public bool Add(StepMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        // After a rollback, the steps are taken again.
        if (metrics.Step <= _lastStep) (_filled, _previousLevel) = (0, double.NaN);
        _lastStep = metrics.Step;
        if (!double.IsFinite(metrics.Loss) || !_isLearningCurve) return false;
        if (_first.Count < 3) _first.Add((metrics.Step, metrics.Loss));
        if (double.IsFinite(_previousLoss)) AddDifference(Math.Abs(metrics.Loss - _previousLoss));
        _previousLoss = metrics.Loss;
        _block[_filled++] = metrics.Loss;
        if (_filled < _block.Length) return false;
        _filled = 0;
        return CloseBlock(metrics);
    }

    private bool CloseBlock(StepMetrics metrics)
    {
        var level = GetMedian(_block.AsSpan());
        var before = _previousLevel;
        _previousLevel = level;
        if (double.IsNaN(_lowest)) CompareWithFirstSteps(level);
        if (!(level >= _lowest))
        {
            (_lowest, _lowestStep, _noiseAtLowest) = (level, metrics.Step, EstimateNoise());
            return Recover();
        }
        if (Current is { } known)
        {
            _highest = Math.Max(_highest, level);
            if (level < _lowest + (_highest - _lowest) / 4 && !IsTooHigh(level)) return Recover();
            Current = known with { Step = metrics.Step, Loss = level };
            if (level < 2 * known.ReportedLoss) return false;
            Current = Current with { ReportedLoss = level };
            return true;
        }
        var isWorseThanUntrained = level > AboveRandom * _randomLoss && level > FarAboveLowest * _lowest;
        var isRising = IsTooHigh(level) && IsTooHigh(before) && level > 0.98 * before;
        if (!isWorseThanUntrained && !isRising) return false;
        _highest = level;
        Current = new(metrics.Step, level, _lowestStep, _lowest, metrics.LearningRate, level);
        return true;
    }

    // Three losses are noisy: those of the first steps count as a level only if the first block is far above them.
    private void CompareWithFirstSteps(double level)
    {
        var first = _first.OrderBy(step => step.Loss).ElementAt(level > AboveRandom * _randomLoss ? 0 : 1);
        if (level > FarAboveLowest * first.Loss) (_lowestStep, _lowest) = first;
    }

    private bool Recover()
    {
        if (Current is null) return false;
        Current = null;
        return true;
    }

    private bool IsTooHigh(double level)
    {
        if (double.IsNaN(_noiseAtLowest)) return level > FarAboveLowest * _lowest;
        var standardError = 1.25 * _noiseAtLowest * Math.Sqrt(2.0 / _block.Length);
        return level - _lowest > Math.Max(Least * Math.Abs(_lowest), NoiseFactor * standardError);
    }

    private void AddDifference(double difference)
    {
        if (_differences.Count == NoiseWindow) _differences.Dequeue();
        _differences.Enqueue(difference);
    }

    // NaN while there are too few differences: the rise must then be large.
    private double EstimateNoise()
    {
        if (_differences.Count < FewestDifferences) return double.NaN;
        _differences.CopyTo(_noise, 0);
        return 1.4826 * GetMedian(_noise.AsSpan(0, _differences.Count)) / Math.Sqrt(2);
    }

    // Allocates nothing: steps can be short.
    private double GetMedian(ReadOnlySpan<double> values)
    {
        var sorted = _sorted.AsSpan(0, values.Length);
        values.CopyTo(sorted);
        sorted.Sort();
        return sorted[sorted.Length / 2];
    }
}

/// <summary>A training loss that rose and stayed high.</summary>
/// <param name="Step">Last step of the measurement.</param>
/// <param name="Loss">Median loss of the steps up to <paramref name="Step"/>.</param>
/// <param name="LowestStep">Step up to which the loss was lowest.</param>
/// <param name="Lowest">Lowest median loss, or a loss of the first steps.</param>
/// <param name="LearningRate">Learning rate when the divergence was detected.</param>
/// <param name="ReportedLoss">Loss when the divergence was last reported.</param>
public sealed record LossDivergence(
    long Step, double Loss, long LowestStep, double Lowest, double LearningRate, double ReportedLoss);
