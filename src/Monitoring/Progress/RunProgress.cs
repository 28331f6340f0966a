using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;

namespace TurkishLlm.Monitoring.Progress;

/// <summary>
/// What a run says of itself as it goes: smoothed loss, speed, share of the machine's peak, time left and money. It takes the
/// lines of <c>metrics.jsonl</c> one by one, so it says the same while training, after resuming and when read back.
/// </summary>
/// <remarks>Spec: EVL-12. Costs nothing a step: a few sums, no allocation.</remarks>
public sealed class RunProgress
{
    private readonly TrainingPlan _plan;
    private readonly IReadOnlyList<Hardware> _machines;
    private readonly double _flopsPerToken;
    private readonly ExponentialMovingAverage _loss = new(), _secondsPerToken = new();
    private StepMetrics? _first;

    /// <param name="plan">The run.</param>
    /// <param name="machines">What it is computed on, in the order of steps; may be empty.</param>
    /// <param name="earlier">Lines from before the run was resumed.</param>
    public RunProgress(TrainingPlan plan, IReadOnlyList<Hardware> machines, IEnumerable<StepMetrics>? earlier = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(machines);
        (_plan, _machines) = (plan, machines);
        _flopsPerToken = plan.FlopsPerToken;
        foreach (var numbers in earlier ?? []) Add(numbers);
        _first = null;
    }

    /// <summary>The line that was added last; null before the first.</summary>
    public StepMetrics? Last { get; private set; }

    /// <summary>The line with the last measured validation loss; null before the first.</summary>
    public StepMetrics? LastValidation { get; private set; }

    /// <summary>Mean of the losses with <see cref="ExponentialMovingAverage.DefaultDecay"/>, in nats; NaN before the first.</summary>
    public double SmoothedLoss => _loss.Value;

    /// <summary>Tokens ÷ time of the same last steps; NaN before the first.</summary>
    public double TokensPerSecond => 1 / _secondsPerToken.Value;

    /// <summary>Operations a second by <see cref="TrainingPlan.FlopsPerToken"/> ÷ the machine's peak; null where that is not known.</summary>
    public double? ModelFlopsUtilization => Last is { } last && GetMachine(last.Step)?.Peak is { } peak ? TokensPerSecond * _flopsPerToken / peak.Flops : null;

    /// <summary>Time that the rest of the plan will take, at the pace since the run was begun or resumed: validation, samples and saving included.</summary>
    public double EstimatedSecondsLeft
    {
        get
        {
            if (Last is not { } last || _first is not { } first) return double.NaN;
            var pace = last.Step > first.Step ? (GetWallSeconds(last) - GetWallSeconds(first)) / (last.Step - first.Step) : _plan.Training.TokensPerStep / last.TokensPerSecond;
            return Math.Max(0, _plan.Training.Steps - last.Step) * pace;
        }
    }

    /// <summary>Money spent so far at the hourly rates of the machines; null when none is known.</summary>
    public double? Cost { get; private set; }

    /// <summary>Money that the whole plan will take; null when no rate is known.</summary>
    public double? EstimatedTotalCost => Cost is { } spent && Last is { } last ? spent + (_first is null ? 0 : EstimatedSecondsLeft) * GetRatePerSecond(last.Step) : null;

    /// <summary>Currency of the money.</summary>
    public string Currency => _machines.LastOrDefault(machine => machine.HourlyRate is not null)?.Currency ?? "";

    /// <summary>Takes the next line in.</summary>
    public void Add(StepMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        if (GetMachine(metrics.Step)?.HourlyRate is not null)
            Cost = (Cost ?? 0) + Math.Max(0, GetWallSeconds(metrics) - (Last is { } last ? GetWallSeconds(last) : 0)) * GetRatePerSecond(metrics.Step);
        _loss.Add(metrics.Loss);
        _secondsPerToken.Add(1 / metrics.TokensPerSecond);
        _first ??= metrics;
        Last = metrics;
        if (metrics.ValidationLoss is not null) LastValidation = metrics;
    }

    /// <summary>Time since the first step, on the wall where that is known.</summary>
    internal static double GetWallSeconds(StepMetrics metrics) => metrics.WallSeconds ?? metrics.Seconds;

    private Hardware? GetMachine(long step)
    {
        for (var i = _machines.Count - 1; i >= 0; i--)
            if (_machines[i].AfterStep < step) return _machines[i];
        return null;
    }

    private double GetRatePerSecond(long step) => (GetMachine(step)?.HourlyRate ?? 0) / 3600;
}
