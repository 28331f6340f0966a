namespace TurkishLlm.Monitoring.Progress;

/// <summary>
/// A mean that forgets: each value weighs <see cref="Decay"/> times as much as the one after it, and the weights sum to 1 from
/// the first value on. What is not a finite number is left out.
/// </summary>
/// <remarks>Spec: EVL-12. Source: Kingma and Ba 2015, arXiv:1412.6980, section 3, for the correction of the first values.</remarks>
public sealed class ExponentialMovingAverage(double decay = ExponentialMovingAverage.DefaultDecay)
{
    /// <summary>The decay of smoothed losses: they remember about the last twenty steps.</summary>
    public const double DefaultDecay = 0.95;

    private double _sum, _weight;

    /// <summary>Weight of a value ÷ weight of the next.</summary>
    public double Decay => decay;

    /// <summary>The mean; NaN before the first finite value.</summary>
    public double Value => _weight > 0 ? _sum / _weight : double.NaN;

    /// <summary>Takes a value in.</summary>
    /// <returns><see cref="Value"/>.</returns>
    public double Add(double value)
    {
        if (!double.IsFinite(value)) return Value;
        _sum = decay * _sum + (1 - decay) * value;
        _weight = decay * _weight + (1 - decay);
        return Value;
    }
}
