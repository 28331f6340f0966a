namespace TurkishLlm.Specification.LanguageModels.Oracles;

/// <summary>AdamW for one parameter in float64: decoupled weight decay, bias correction.</summary>
/// <remarks>
/// Step t = 1, 2, … with gradient g: w ← w (1 − η λ); m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²;
/// w ← w − η m̂/(√v̂ + ε) with m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ). ε is added outside the root, after bias correction.
/// Source: Loshchilov &amp; Hutter 2019, arXiv:1711.05101, algorithm 2, in PyTorch's form, where η multiplies λ;
/// reference report section 10.
/// </remarks>
public sealed class AdamWOracle
{
    private readonly double[] _weight, _mean, _square;
    private readonly double _beta1, _beta2, _eps, _decay;
    private int _steps;

    /// <param name="weight">The parameter; changed in place by <see cref="Step"/>.</param>
    /// <param name="decay">λ; 0 for norm weights.</param>
    /// <param name="beta1">β₁.</param>
    /// <param name="beta2">β₂.</param>
    /// <param name="eps">ε.</param>
    public AdamWOracle(double[] weight, double decay, double beta1, double beta2, double eps)
    {
        (_weight, _decay, _beta1, _beta2, _eps) = (weight, decay, beta1, beta2, eps);
        (_mean, _square) = (new double[weight.Length], new double[weight.Length]);
    }

    /// <summary>Continues from the state after earlier steps.</summary>
    /// <param name="weight">The parameter; changed in place by <see cref="Step"/>.</param>
    /// <param name="mean">First moment; not changed.</param>
    /// <param name="square">Second moment; not changed.</param>
    /// <param name="steps">Number of earlier steps.</param>
    /// <param name="decay">λ; 0 for norm weights.</param>
    /// <param name="beta1">β₁.</param>
    /// <param name="beta2">β₂.</param>
    /// <param name="eps">ε.</param>
    /// <exception cref="ArgumentException">A moment has another length than the weight.</exception>
    public AdamWOracle(
        double[] weight, double[] mean, double[] square, int steps, double decay, double beta1, double beta2, double eps)
        : this(weight, decay, beta1, beta2, eps)
    {
        ArrayLength.Require(mean, weight.Length, nameof(mean));
        ArrayLength.Require(square, weight.Length, nameof(square));
        mean.CopyTo(_mean, 0);
        square.CopyTo(_square, 0);
        _steps = steps;
    }

    /// <summary>First moment m, not bias-corrected.</summary>
    public IReadOnlyList<double> Mean => _mean;

    /// <summary>Second moment v, not bias-corrected.</summary>
    public IReadOnlyList<double> Square => _square;

    /// <summary>One update of the weight in place.</summary>
    /// <param name="gradient">g, already clipped.</param>
    /// <param name="rate">η of this step.</param>
    /// <exception cref="ArgumentException">The gradient has another length than the weight.</exception>
    public void Step(double[] gradient, double rate)
    {
        ArrayLength.Require(gradient, _weight.Length, nameof(gradient));
        _steps++;
        var (meanCorrection, squareCorrection) = (1 - Math.Pow(_beta1, _steps), 1 - Math.Pow(_beta2, _steps));
        for (var i = 0; i < _weight.Length; i++)
        {
            _weight[i] *= 1 - rate * _decay;
            _mean[i] = _beta1 * _mean[i] + (1 - _beta1) * gradient[i];
            _square[i] = _beta2 * _square[i] + (1 - _beta2) * gradient[i] * gradient[i];
            var (mean, square) = (_mean[i] / meanCorrection, _square[i] / squareCorrection);
            _weight[i] -= rate * mean / (Math.Sqrt(square) + _eps);
        }
    }
}
