using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Loops;

/// <summary>One step of a loop, to be compared with the same step of another.</summary>
/// <param name="Loss">The reported loss.</param>
/// <param name="Rounding">How far two such losses may differ by rounding.</param>
/// <param name="Before">The weights before the step.</param>
/// <param name="Update">What the step added to them.</param>
internal sealed record LoopTrace(
    double Loss, double Rounding, IReadOnlyDictionary<string, double[]> Before, IReadOnlyDictionary<string, double[]> Update)
{
    /// <summary>Makes a step.</summary>
    public static LoopTrace Of(LoopSubject subject, ITrainingLoop loop, LoopStep step, Conditions at)
    {
        var before = LoopRun.Copy(loop);
        var loss = loop.Step(step.ToTensors(at.Device)).Loss;
        var rounding = new LoopBounds(subject.Facts, loop.Parameters, at).Loss(loss, step.CountTargets());
        return new(loss, rounding, before, LoopComparison.Subtract(LoopRun.Copy(loop), before));
    }

    /// <summary>Writes the weights before the step to a loop.</summary>
    public void WriteWeights(ITrainingLoop loop)
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        foreach (var (name, weight) in loop.Parameters) weight.copy_(tensor(Before[name]).reshape(weight.shape));
    }

    /// <summary>1 if the loss differs by more than rounding, or else 0.</summary>
    public double CompareLoss(LoopTrace other) => Math.Abs(Loss - other.Loss) <= other.Rounding ? 0 : 1;

    /// <summary>‖a ÷ ‖a‖ − b ÷ ‖b‖‖ of the updates, at most 1.</summary>
    public double CompareDirection(LoopTrace other)
    {
        var (size, otherSize) = (LoopComparison.Norm(Update), LoopComparison.Norm(other.Update));
        if (size == 0 || otherSize == 0) return size == otherSize ? 0 : 1;
        var square = Update.Sum(entry => entry.Value
            .Zip(other.Update[entry.Key], (a, b) => Math.Pow(a / size - b / otherSize, 2)).Sum());
        return Math.Min(1, Math.Sqrt(square));
    }

    /// <summary>
    /// Whether the loss differs, the difference of the weights before in units of the other update, that of the directions of
    /// both updates, and the logarithm to base 2 of the ratio of their sizes; each at most 1.
    /// </summary>
    public double[] Compare(LoopTrace other)
    {
        var size = LoopComparison.Norm(other.Update);
        return
        [
            CompareLoss(other), Math.Min(1, LoopComparison.Norm(LoopComparison.Subtract(Before, other.Before)) / size),
            CompareDirection(other), Math.Min(1, Math.Abs(Math.Log2(LoopComparison.Norm(Update) / size))),
        ];
    }
}
