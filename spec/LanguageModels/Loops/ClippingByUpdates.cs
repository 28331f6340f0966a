using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Loops;

/// <summary>
/// Judges the clipping of a loop that reports the norm of its gradients but not the gradients: by its updates, and by slopes of
/// its loss.
/// </summary>
internal static class ClippingByUpdates
{
    private const int Directions = 16;

    // Few targets have a larger gradient than many, so a limit between both norms changes the ratio of two steps.
    private static readonly LoopCase Rows = new("1", "16 16 16");

    public static IEnumerable<Verdict> Judge(LoopSubject subject, Conditions at)
    {
        var steps = Rows.Draw(subject.Facts, at);
        var free = Run(subject, steps, maxNorm: null, at);
        var (low, high) = (free.Norms.Min(), free.Norms.Max());
        yield return Verdict.AtMost(
            Tolerance.LoopNextUpdate, Run(subject, steps, 4 * high, at).DistanceFrom(free),
            "difference of the updates under a limit of four times the norm ÷ updates");
        if (high > 1.5 * low)
            yield return Verdict.AtLeast(
                Tolerance.LoopNextUpdate, Run(subject, steps, Math.Sqrt(low * high), at).DistanceFrom(free),
                "difference of the updates under a limit between two norms ÷ updates");
        else
            yield return Verdict.Skip(
                "few and many targets have gradients of nearly the same norm, so the effect of a limit cannot be seen");
        if (at.NumberType != ScalarType.BFloat16)
            yield return Verdict.Between(
                1 / Tolerance.LoopNormBySlopes, Tolerance.LoopNormBySlopes,
                free.Norms[0] / EstimateNorm(subject, steps[0], at), "reported norm ÷ norm estimated from slopes of the loss");
    }

    private static ClippedRun Run(LoopSubject subject, IReadOnlyList<LoopStep> steps, double? maxNorm, Conditions at)
    {
        using var loop = subject.Create(LoopOptions.For(at) with { MaxNorm = maxNorm });
        var (before, norms) = (LoopRun.Copy(loop), new List<double>());
        foreach (var step in steps) norms.Add(loop.Step(step.ToTensors(at.Device)).GradientNorm ?? double.NaN);
        return new(LoopComparison.Subtract(LoopRun.Copy(loop), before), [.. norms]);
    }

    // The square of the slope along a normal direction has the square of the norm as its mean.
    private static double EstimateNorm(LoopSubject subject, LoopStep step, Conditions at)
    {
        var squares = 0.0;
        for (var direction = 0; direction < Directions; direction++)
        {
            var (above, size) = Measure(subject, step, at, 1, 1000 * (direction + 1));
            var (below, _) = Measure(subject, step, at, -1, 1000 * (direction + 1));
            squares += Math.Pow((above - below) / (2 * size), 2);
        }
        return Math.Sqrt(squares / Directions);
    }

    // The loss with all trained parameters moved by normal amounts of 0.3 % of their size.
    private static (double Loss, double Size) Measure(LoopSubject subject, LoopStep step, Conditions at, int sign, long salt)
    {
        using var loop = subject.Create(LoopOptions.For(at));
        var trained = loop.Parameters.Where(p => !subject.Facts.IsFrozen(p.Key)).Select(p => p.Value).ToArray();
        var square = trained.Sum(weight => weight.Doubles().Sum(x => x * x)) / trained.Sum(weight => weight.numel());
        var size = 3e-3 * Math.Max(Math.Sqrt(square), 0.01);
        using (no_grad())
            foreach (var weight in trained) weight.add_((at.Normal(salt++, 1, weight.shape) * (sign * size)).to(weight.dtype));
        return (loop.Step(step.ToTensors(at.Device)).Loss, size);
    }

    private sealed record ClippedRun(IReadOnlyDictionary<string, double[]> Update, double[] Norms)
    {
        public double DistanceFrom(ClippedRun other) => LoopComparison.RelativeDistance(Update, other.Update);
    }
}
