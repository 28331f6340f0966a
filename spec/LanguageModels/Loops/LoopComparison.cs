using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Loops;

/// <summary>Compares steps that should be the same but for rounding.</summary>
internal static class LoopComparison
{
    /// <summary>
    /// Makes both sequences of steps with two loops. Before every step both have the same weights, so differences do not grow.
    /// </summary>
    public static Verdict SameSteps(
        LoopSubject subject, IReadOnlyList<LoopStep> expected, IReadOnlyList<LoopStep> actual, Conditions at)
    {
        var options = LoopOptions.For(at);
        using var reference = subject.Create(options);
        using var loop = subject.Create(options);
        return SameSteps(reference, loop, subject.Facts, expected, actual, at);
    }

    /// <inheritdoc cref="SameSteps(LoopSubject, IReadOnlyList{LoopStep}, IReadOnlyList{LoopStep}, Conditions)"/>
    public static Verdict SameSteps(
        ITrainingLoop reference, ITrainingLoop loop, LoopFacts facts, IReadOnlyList<LoopStep> expected,
        IReadOnlyList<LoopStep> actual, Conditions at)
    {
        var bounds = new LoopBounds(facts, reference.Parameters, at);
        var verdicts = new List<Verdict>();
        var (error, size, sharp, pattern) = (0.0, 0.0, true, new List<double>());
        for (var step = 0; step < expected.Count; step++)
        {
            LoopRun.CopyWeights(reference, loop);
            var before = LoopRun.Copy(reference);
            var (a, b) = (reference.Step(expected[step].ToTensors(at.Device)), loop.Step(actual[step].ToTensors(at.Device)));
            verdicts.Add(Verdict.AtMost(
                bounds.Loss(a.Loss, expected[step].CountTargets()), Math.Abs(a.Loss - b.Loss), "difference of the loss, nats"));
            if (a.Gradients is { } first && b.Gradients is { } second) verdicts.Add(bounds.Same(second, first));
            else sharp = false;
            var (update, other) = (Subtract(LoopRun.Copy(reference), before), Subtract(LoopRun.Copy(loop), before));
            var (stepError, stepSize) = (SquaredDistance(update, other), SquaredNorm(update));
            (error, size) = (error + stepError, size + stepSize);
            pattern.AddRange([Math.Min(1, Math.Abs(a.Loss - b.Loss)), Math.Min(1, Math.Sqrt(stepError / stepSize))]);
        }
        // The number with which impostors are compared, because it needs no gradients and no names of parameters.
        var updates = Verdict.AtMost(bounds.Update, Math.Sqrt(error / size), "difference of the updates ÷ updates");
        if (!sharp) verdicts.Add(updates);
        return Verdict.All(verdicts) with { Measured = updates.Measured, Pattern = pattern };
    }

    /// <summary>‖a − b‖ ÷ ‖b‖.</summary>
    public static double RelativeDistance(
        IReadOnlyDictionary<string, double[]> a, IReadOnlyDictionary<string, double[]> b) =>
        Math.Sqrt(SquaredDistance(a, b) / SquaredNorm(b));

    /// <summary>Returns the name of a parameter with so few digits that small updates are lost, if any; otherwise null.</summary>
    public static string? FindShortParameter(ITrainingLoop loop) =>
        loop.Parameters.FirstOrDefault(p => p.Value.dtype is ScalarType.BFloat16 or ScalarType.Float16).Key;

    /// <summary>‖a‖.</summary>
    public static double Norm(IReadOnlyDictionary<string, double[]> a) => Math.Sqrt(SquaredNorm(a));

    /// <summary>a − b.</summary>
    public static IReadOnlyDictionary<string, double[]> Subtract(
        IReadOnlyDictionary<string, double[]> a, IReadOnlyDictionary<string, double[]> b) =>
        a.ToDictionary(entry => entry.Key, entry => entry.Value.Zip(b[entry.Key], (x, y) => x - y).ToArray());

    private static double SquaredNorm(IReadOnlyDictionary<string, double[]> a) => a.Values.Sum(values => values.Sum(x => x * x));

    private static double SquaredDistance(
        IReadOnlyDictionary<string, double[]> a, IReadOnlyDictionary<string, double[]> b) => SquaredNorm(Subtract(a, b));
}
