using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Loops;

/// <summary>How much each micro-batch counts in the gradient of a step.</summary>
internal static class MicroBatchWeights
{
    /// <summary>
    /// Fits the gradient of a step by those of its micro-batches, each from a new loop, and returns the factors divided by the
    /// shares that the micro-batches have of the counted targets: all are 1 if the gradient is right, and if none is reported.
    /// </summary>
    /// <param name="create">Creates a loop with the weights that the step had.</param>
    /// <param name="result">What the step reported.</param>
    /// <param name="step">The step.</param>
    /// <param name="at">The conditions.</param>
    public static double[] Measure(
        Func<LoopOptions, ITrainingLoop> create, StepResult result, LoopStep step, Conditions at)
    {
        LoopStep[] parts = [.. step.MicroBatches.Select(rows => new LoopStep([rows]))];
        var gradients = parts.Select(part =>
        {
            using var loop = create(LoopOptions.For(at));
            return loop.Step(part.ToTensors(at.Device)).Gradients;
        }).ToArray();
        if (result.Gradients is not { } whole || gradients.Contains(null)) return [.. parts.Select(_ => 1.0)];
        using var scope = NewDisposeScope();
        var matrix = stack(gradients.Select(gradient => Flatten(gradient!, whole.Keys)), dim: 1); // [elements, micro-batches]
        var fitted = linalg.pinv(matrix).mv(Flatten(whole, whole.Keys)).Doubles();
        return [.. fitted.Zip(parts, (weight, part) => weight * step.CountTargets() / part.CountTargets())];
    }

    private static Tensor Flatten(IReadOnlyDictionary<string, double[]> gradients, IEnumerable<string> names) =>
        tensor([.. names.SelectMany(name => gradients[name])], dtype: float64);
}
