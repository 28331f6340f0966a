using TorchSharp;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Model;

namespace TurkishLlm.Spec.Training;

/// <summary>Loss and gradient of a step, summed over answers that the oracle computes alone, by the chain rule.</summary>
internal sealed class ExpectedStep
{
    private readonly Dictionary<string, double[]> _gradients = new(StringComparer.Ordinal);

    // Σ |slope|·max|∇| over the answers: their gradients cancel, but the error of each is relative to its own size.
    private readonly Dictionary<string, double> _magnitudes = new(StringComparer.Ordinal);

    /// <summary>The loss.</summary>
    public double Loss { get; set; }

    /// <summary>Allowed difference of the loss.</summary>
    public double AllowedLoss { get; set; }

    /// <summary>Relative error of the slopes by which gradients are multiplied.</summary>
    public double SlopeError { get; set; }

    /// <summary>Adds the gradients of an answer.</summary>
    /// <param name="gradients">The gradients by all weights.</param>
    /// <param name="slope">Derivative of the loss of the step by what the gradients are of.</param>
    public void Add(IReadOnlyDictionary<string, double[]> gradients, double slope)
    {
        foreach (var (name, gradient) in gradients) Add(name, gradient, slope);
    }

    /// <summary>Adds the gradient of an answer by one weight.</summary>
    /// <param name="name">The weight.</param>
    /// <param name="gradient">The gradient.</param>
    /// <param name="slope">Derivative of the loss of the step by what the gradient is of.</param>
    public void Add(string name, double[] gradient, double slope)
    {
        if (!_gradients.TryGetValue(name, out var sum)) _gradients[name] = sum = new double[gradient.Length];
        for (var i = 0; i < gradient.Length; i++) sum[i] += slope * gradient[i];
        _magnitudes[name] = _magnitudes.GetValueOrDefault(name) + Math.Abs(slope) * gradient.Max(Math.Abs);
    }

    /// <summary>Compares the loss, and the gradient in every weight; one that the loss does not depend on has none.</summary>
    /// <param name="weights">The weights with their gradients.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="allowedGradient">Relative error of the gradient of one answer.</param>
    public Verdict Compare(ParameterTable weights, double loss, double allowedGradient) => Verdict.All(
    [
        Verdict.AtMost(AllowedLoss, Math.Abs(loss - Loss), "loss, |Δ|"),
        .. weights.Names.Select(name =>
        {
            using var gradient = weights[name].grad;
            return _gradients.TryGetValue(name, out var expected)
                ? Verdict.AtMost(
                    (allowedGradient + SlopeError) * _magnitudes[name] / expected.Max(Math.Abs),
                    gradient?.RelativeTo(expected) ?? double.NaN, $"gradient of {name}, max|Δ| ÷ max|g|")
                : Verdict.AtMost(0, gradient?.Doubles().Max(Math.Abs) ?? 0, $"gradient of {name}, which is not used");
        }),
    ]);
}
