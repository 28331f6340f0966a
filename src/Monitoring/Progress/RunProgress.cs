using TurkishLlm.Monitoring.Diagnosis;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;

namespace TurkishLlm.Monitoring.Progress;

/// <summary>
/// Progress of a run: smoothed loss, speed, utilization, remaining time and cost. Computed from the lines of <c>metrics.jsonl</c>
/// one by one, so the values are the same during training, after resuming and when the run is read later.
/// </summary>
/// <remarks>Spec: EVL-12. Adding a step takes a few sums, and for one step in five to a hundred a median of that many.</remarks>
public sealed class RunProgress
{
    // The noise of a step is itself noisy: about the last thousand steps.
    private const double NoiseDecay = 0.999;

    private readonly TrainingPlan _plan;
    private readonly IReadOnlyList<Hardware> _machines;
    private readonly double _flopsPerToken;
    private readonly ExponentialMovingAverage _loss = new(), _secondsPerToken = new();
    private readonly ExponentialMovingAverage _squaredGradient = new(NoiseDecay), _gradientVariance = new(NoiseDecay);
    private readonly DivergenceDetector _divergence;
    private StepMetrics? _first;
    private long _noiseSteps;

    /// <param name="plan">The plan of the run.</param>
    /// <param name="machines">The hardware of the run, in the order of steps; may be empty.</param>
    /// <param name="earlier">Steps before the run was resumed.</param>
    public RunProgress(TrainingPlan plan, IReadOnlyList<Hardware> machines, IEnumerable<StepMetrics>? earlier = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(machines);
        (_plan, _machines, _divergence) = (plan, machines, new(plan));
        _flopsPerToken = plan.FlopsPerToken;
        foreach (var numbers in earlier ?? []) Add(numbers);
        _first = null;
    }

    /// <summary>The last step added; null before the first.</summary>
    public StepMetrics? Last { get; private set; }

    /// <summary>The last step with a validation loss; null before the first.</summary>
    public StepMetrics? LastValidation { get; private set; }

    /// <summary>The divergence of the training loss in progress; null if it does not diverge.</summary>
    public LossDivergence? Divergence => _divergence.Current;

    /// <summary>
    /// Moving average of the losses with <see cref="ExponentialMovingAverage.DefaultDecay"/>, in nats; NaN before the first.
    /// </summary>
    public double SmoothedLoss => _loss.Value;

    /// <summary>Tokens ÷ time over the same steps; NaN before the first.</summary>
    public double TokensPerSecond => 1 / _secondsPerToken.Value;

    /// <summary>
    /// FLOP/s by <see cref="TrainingPlan.FlopsPerToken"/> ÷ peak rate of the hardware; null if the peak is unknown.
    /// </summary>
    public double? ModelFlopsUtilization =>
        Last is { } last && GetMachine(last.Step)?.Peak is { } peak ? TokensPerSecond * _flopsPerToken / peak.Flops : null;

    /// <summary>
    /// Estimated time of the remaining steps, in seconds, at the rate since the run started or resumed, including validation,
    /// samples and checkpoints.
    /// </summary>
    public double EstimatedSecondsLeft
    {
        get
        {
            if (Last is not { } last || _first is not { } first) return double.NaN;
            var pace =
                last.Step > first.Step
                    ? (GetWallSeconds(last) - GetWallSeconds(first)) / (last.Step - first.Step)
                    : _plan.Training.TokensPerStep / last.TokensPerSecond;
            return Math.Max(0, _plan.Training.Steps - last.Step) * pace;
        }
    }

    /// <summary>
    /// Gradient noise scale of about the last thousand steps, in loss terms: the size of a step at which noise and gradient are
    /// equal. Null if it was measured on fewer than 50 steps, or noise decides.
    /// </summary>
    public double? GradientNoiseScale =>
        _noiseSteps >= LossCurves.MinimumSteps && _squaredGradient.Value > 0 && _gradientVariance.Value > 0
            ? _gradientVariance.Value / _squaredGradient.Value : null;

    /// <summary>Cost so far at the hourly rates of the hardware; null if no rate is known.</summary>
    public double? Cost { get; private set; }

    /// <summary>Estimated cost of the whole plan; null if no rate is known.</summary>
    public double? EstimatedTotalCost =>
        Cost is { } spent && Last is { } last
            ? spent + (_first is null ? 0 : EstimatedSecondsLeft) * GetRatePerSecond(last.Step)
            : null;

    /// <summary>Currency of the cost.</summary>
    public string Currency => _machines.LastOrDefault(machine => machine.HourlyRate is not null)?.Currency ?? "";

    /// <summary>Adds the next step.</summary>
    public void Add(StepMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        if (GetMachine(metrics.Step)?.HourlyRate is not null)
            Cost =
                (Cost ?? 0)
                + Math.Max(0, GetWallSeconds(metrics) - (Last is { } last ? GetWallSeconds(last) : 0))
                    * GetRatePerSecond(metrics.Step);
        _loss.Add(metrics.Loss);
        _divergence.Add(metrics);
        _secondsPerToken.Add(1 / metrics.TokensPerSecond);
        if (metrics.GradientNoise is { } noise)
        {
            _squaredGradient.Add(noise.SquaredGradient);
            _gradientVariance.Add(noise.Variance);
            _noiseSteps++;
        }
        _first ??= metrics;
        Last = metrics;
        if (metrics.ValidationLoss is not null) LastValidation = metrics;
    }

    /// <summary>Returns the time since the first step: wall-clock time if it is known.</summary>
    internal static double GetWallSeconds(StepMetrics metrics) => metrics.WallSeconds ?? metrics.Seconds;

    private Hardware? GetMachine(long step)
    {
        for (var i = _machines.Count - 1; i >= 0; i--)
            if (_machines[i].AfterStep < step) return _machines[i];
        return null;
    }

    private double GetRatePerSecond(long step) => (GetMachine(step)?.HourlyRate ?? 0) / 3600;
}
