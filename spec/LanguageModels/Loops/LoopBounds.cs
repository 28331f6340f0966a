using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Loops;

/// <summary>TOL-LOOP: how far two computations of the same step may differ by rounding.</summary>
/// <param name="facts">Sizes of the rows.</param>
/// <param name="parameters">Parameters of the loop, from which the size of its model is read.</param>
/// <param name="at">Number type of the products.</param>
internal sealed class LoopBounds(LoopFacts facts, IReadOnlyDictionary<string, Tensor> parameters, Conditions at)
{
    private readonly ModelSize _size = ModelSize.Read(parameters, facts.Vocabulary);

    /// <summary>max|a−b| ÷ max|b| of each gradient.</summary>
    public double Gradient => 2 * Tolerance.ModelGradient(at.NumberType, _size.Layers, _size.Longest);

    /// <summary>‖a−b‖ ÷ ‖b‖ of the updates of all weights, where no gradients are reported.</summary>
    public double Update => Tolerance.LoopUpdate(at.NumberType);

    /// <summary>|a−b| of two mean losses, in nats.</summary>
    /// <param name="loss">The loss.</param>
    /// <param name="counted">Counted targets.</param>
    public double Loss(double loss, int counted) => Tolerance.LoopLoss(
        at.NumberType, facts.Vocabulary, loss, Tolerance.Model(at.NumberType, _size.Layers, _size.Longest), counted);

    /// <summary>Compares gradients of one step.</summary>
    public Verdict Same(IReadOnlyDictionary<string, double[]> actual, IReadOnlyDictionary<string, double[]> expected)
    {
        // A gradient that is zero but for rounding, such as that of a key bias, is compared with the largest of all.
        var floor = Gradient * expected.Values.Max(Largest);
        return Verdict.All(expected.Select(g => Verdict.AtMost(
            Gradient,
            actual.TryGetValue(g.Key, out var values)
                ? values.LargestDifference(g.Value) / Math.Max(Math.Max(Largest(g.Value), floor), double.Epsilon)
                : double.NaN,
            $"gradient of {g.Key}, max|Δ| ÷ max|g|")));
    }

    private static double Largest(double[] values) => values.Max(Math.Abs);
}
