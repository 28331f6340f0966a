namespace TurkishLlm.Spec.Oracles.Training;

/// <summary>A sum of gradients of examples, each times a factor, with what its rounding errors are relative to.</summary>
public sealed class ShadowGradient
{
    private readonly Dictionary<string, double[]> _sums = new(StringComparer.Ordinal);
    private readonly Dictionary<string, double> _magnitudes = new(StringComparer.Ordinal), _slopes = new(StringComparer.Ordinal);

    /// <summary>The sums by weight.</summary>
    public IReadOnlyDictionary<string, double[]> Sums => _sums;

    /// <summary>For each weight the sum of |factor|·max|gradient|.</summary>
    public IReadOnlyDictionary<string, double> Magnitudes => _magnitudes;

    /// <summary>For each weight the sum of share·max|gradient|: the effect of an error of all factors.</summary>
    public IReadOnlyDictionary<string, double> Slopes => _slopes;

    /// <summary>Sum of share·‖gradient‖ over the examples.</summary>
    public double NormSlope { get; private set; }

    /// <summary>Adds the gradients of an example.</summary>
    /// <param name="gradients">Gradients by weight.</param>
    /// <param name="factor">Their factor in the sum.</param>
    /// <param name="share">Share of the example in the step: one over the loss terms.</param>
    public void Add(IReadOnlyDictionary<string, double[]> gradients, double factor, double share)
    {
        foreach (var (name, gradient) in gradients)
        {
            if (!_sums.TryGetValue(name, out var sum)) _sums[name] = sum = new double[gradient.Length];
            var largest = 0.0;
            for (var i = 0; i < sum.Length; i++)
            {
                sum[i] += factor * gradient[i];
                largest = Math.Max(largest, Math.Abs(gradient[i]));
            }
            _magnitudes[name] = _magnitudes.GetValueOrDefault(name) + Math.Abs(factor) * largest;
            _slopes[name] = _slopes.GetValueOrDefault(name) + share * largest;
        }
        NormSlope += share * GradientClipOracle.Norm(gradients.Values);
    }
}
