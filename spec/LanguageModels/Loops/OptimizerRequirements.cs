using TurkishLlm.Specification.LanguageModels.Oracles;
using TurkishLlm.Specification.LanguageModels.Reference;
using static System.FormattableString;
using static TurkishLlm.Specification.LanguageModels.Reference.ReferenceLoopSubject;

namespace TurkishLlm.Specification.LanguageModels.Loops;

/// <summary>A step that is repeated, then another.</summary>
/// <param name="Rows">The rows of both steps.</param>
/// <param name="Repetitions">How often the first is made.</param>
public sealed record LoopOptimizerCase(LoopCase Rows, int Repetitions);

/// <summary>The constants of the optimizer: LOOP-18.</summary>
public static class OptimizerRequirements
{
    /// <summary>Weights move as AdamW with the stated constants moves them.</summary>
    /// <remarks>
    /// No gradient is needed. A limit of the norm as small as ε makes gradients so small that AdamW's first update,
    /// ηg ÷ (|g| + ε), shows them; their norm is the limit, and that determines ε. Under a larger limit the same rows at the
    /// same weights have the same gradients times a known factor, so the oracle says how the weights move.
    /// </remarks>
    public static readonly Requirement<LoopOptimizerCase, LoopSubject> LOOP_18_AdamW = new()
    {
        Id = "LOOP-18",
        Statement = "Weights move as AdamW with the stated β₁, β₂ and ε moves them.",
        Source = "Loshchilov & Hutter 2019, arXiv:1711.05101, algorithm 2; BUG-OPT-11, BUG-OPT-12; TOL-LOOP",
        CanonicalCases = [new(new("5 5|1", "1|15"), 30), new(new("16 9", "3|2 2"), 12)],
        Subject = (_, _) => Correct,
        Holds = Judge,
        Impostors = new()
        {
            ["ε is 10⁻³"] = (_, _) => WithConstants(constants => constants with { Epsilon = 1e-3 }),
            ["ε is rounded to 0"] = (_, _) => WithConstants(constants => constants with { Epsilon = 0 }),
            ["ε is under the root"] = (_, _) => With(new()
            {
                Direction = (mean, square, correction, epsilon) => mean / (square / correction + epsilon).sqrt(),
            }),
            ["ε is added before the correction of the second moment"] = (_, _) => With(new()
            {
                Direction = (mean, square, correction, epsilon) =>
                    mean / ((square.sqrt() + epsilon) / Math.Sqrt(correction)),
            }),
            ["β₁ and β₂ are exchanged"] = (_, _) => WithConstants(constants => constants with
            {
                Beta1 = constants.Beta2,
                Beta2 = constants.Beta1,
            }),
            ["β₂ is 0.999"] = (_, _) => WithConstants(constants => constants with { Beta2 = 0.999 }),
            ["β₁ is 0.8"] = (_, _) => WithConstants(constants => constants with { Beta1 = 0.8 }),
            ["moments are not corrected for their bias"] = (_, _) => With(new() { Correction = (_, _) => 1 }),
        },
    };

    internal static IReadOnlyList<Requirement> For(LoopSubject subject) => [LOOP_18_AdamW.For((_, _) => subject)];

    private static LoopSubject WithConstants(Func<LoopAdamW, LoopAdamW> change) =>
        With(new() { AdamW = change(ReferenceLoop.Constants) });

    private static Verdict Judge(LoopSubject subject, LoopOptimizerCase c, Conditions at)
    {
        var facts = subject.Facts;
        if (facts.AdamW is not { } stated) return Verdict.Skip("no constants of AdamW are stated");
        if (facts.Rate is null) return Verdict.Skip("no learning rate is stated");
        if (!facts.Clips) return Verdict.Skip("the loop has no limit of the gradient norm");
        using var loop = subject.Create(ShownGradient.GetOptions(at));
        if (LoopComparison.FindShortParameter(loop) is { } name)
            return Verdict.Skip($"{name} has too few digits to see a small update; report master weights as parameters");
        var allowed = Tolerance.LoopMoments(at.NumberType, LoopComparison.Norm(LoopRun.Copy(loop)) / ShownGradient.PeakRate);
        ShownGradient[] shown = [.. c.Rows.Draw(facts, at).Select(step => ShownGradient.Measure(subject, step, stated, at))];
        double[] distances = [.. MeasureUpdates(subject, [.. Enumerable.Repeat(shown[0], c.Repetitions), shown[1]], stated, at)];
        return Verdict.All(
        [
            .. shown.Select(gradient => Verdict.AtMost(
                Tolerance.LoopEpsilon, Math.Abs(gradient.Epsilon / stated.Epsilon - 1),
                Invariant($"relative difference of the ε in effect from {stated.Epsilon:G4}"))),
            .. distances.Select((distance, step) => Verdict.AtMost(
                allowed, distance, Invariant($"update {step + 1}: difference from the oracle's ÷ update"))),
        ])
            with { Pattern = [.. shown.Select(gradient => gradient.Epsilon / stated.Epsilon - 1), .. distances] };
    }

    // Every step starts at the first weights, so its gradients are known. Their elements have about the size of ε, which AdamW's
    // update depends on most.
    private static IEnumerable<double> MeasureUpdates(
        LoopSubject subject, IReadOnlyList<ShownGradient> gradients, LoopAdamW stated, Conditions at)
    {
        var sizes = gradients[0].Directions.ToDictionary(entry => entry.Key, entry => entry.Value.Length);
        var options = ShownGradient.GetOptions(at) with { MaxNorm = stated.Epsilon * Math.Sqrt(sizes.Values.Sum()) };
        using var loop = subject.Create(options);
        using var original = subject.Create(options);
        var before = LoopRun.Copy(original);
        var weights = sizes.ToDictionary(entry => entry.Key, entry => new double[entry.Value]);
        var oracles = weights.ToDictionary(
            entry => entry.Key,
            entry => new AdamWOracle(entry.Value, decay: 0, stated.Beta1, stated.Beta2, stated.Epsilon));
        foreach (var (step, gradient) in gradients.Index())
        {
            LoopRun.CopyWeights(original, loop);
            loop.Step(gradient.Step.ToTensors(at.Device));
            foreach (var (name, oracle) in oracles)
            {
                Array.Clear(weights[name]);
                oracle.Step(
                    [.. gradient.Directions[name].Select(g => g * options.MaxNorm.Value)],
                    subject.Facts.Rate!(options, step) * subject.Facts.RateFactor(name));
            }
            var after = LoopRun.Copy(loop);
            yield return LoopComparison.RelativeDistance(
                LoopComparison.Subtract(weights.ToDictionary(entry => entry.Key, entry => after[entry.Key]), before), weights);
        }
    }

    /// <summary>The gradient of a new loop, from an update under a limit of ε.</summary>
    /// <param name="Step">The rows.</param>
    /// <param name="Directions">The gradient ÷ its norm.</param>
    /// <param name="Epsilon">The ε in effect.</param>
    private sealed record ShownGradient(LoopStep Step, IReadOnlyDictionary<string, double[]> Directions, double Epsilon)
    {
        public const double PeakRate = 0.1;

        public static LoopOptions GetOptions(Conditions at) => LoopOptions.For(at) with { PeakRate = PeakRate, Steps = 1000 };

        public static ShownGradient Measure(LoopSubject subject, LoopStep step, LoopAdamW stated, Conditions at)
        {
            var options = GetOptions(at) with { MaxNorm = stated.Epsilon };
            using var loop = subject.Create(options);
            var before = LoopRun.Copy(loop);
            loop.Step(step.ToTensors(at.Device));
            var rate = subject.Facts.Rate!(options, 0);
            // Update ÷ rate is r = g ÷ (|g| + ε), so g ÷ ε is r ÷ (1 − |r|).
            var gradient = LoopComparison.Subtract(before, LoopRun.Copy(loop))
                .Where(entry => !subject.Facts.IsFrozen(entry.Key) && subject.Facts.RateFactor(entry.Key) != 0)
                .ToDictionary(entry => entry.Key, entry => entry.Value
                    .Select(move => move / (rate * subject.Facts.RateFactor(entry.Key)))
                    .Select(r => r / (1 - Math.Abs(r))).ToArray());
            var norm = LoopComparison.Norm(gradient);
            return new(
                step,
                gradient.ToDictionary(entry => entry.Key, entry => entry.Value.Select(g => g / norm).ToArray()),
                stated.Epsilon / norm);
        }
    }
}
