namespace TurkishLlm.Monitoring.Progress;

/// <summary>
/// An exponential moving average with bias correction: each value weighs <see cref="Decay"/> times as much as the next one, and
/// the weights sum to 1 from the first value on. Ignores values that are not finite.
/// </summary>
/// <remarks>
/// Spec: EVL-12. Source: Kingma and Ba 2015, arXiv:1412.6980, section 3, for the correction of the first values.
/// </remarks>
public sealed class ExponentialMovingAverage(double decay = ExponentialMovingAverage.DefaultDecay)
{
    /// <summary>Decay of smoothed losses, which follow about the last twenty steps.</summary>
    public const double DefaultDecay = 0.95;

    private double _sum, _weight;

    /// <summary>Weight of a value ÷ weight of the next.</summary>
    public double Decay => decay;

    /// <summary>The average; NaN before the first finite value.</summary>
    public double Value => _weight > 0 ? _sum / _weight : double.NaN;

    /// <summary>Adds a value.</summary>
    /// <returns><see cref="Value"/>.</returns>
    public double Add(double value)
    {
        if (!double.IsFinite(value)) return Value;
        _sum = decay * _sum + (1 - decay) * value;
        _weight = decay * _weight + (1 - decay);
        return Value;
    }
}
