using TurkishLlm.Specification.LanguageModels.Reference;
using static TurkishLlm.Specification.LanguageModels.Reference.ReferenceLoopSubject;

namespace TurkishLlm.Specification.LanguageModels.Loops;

/// <summary>Weight decay: LOOP-06.</summary>
public static class DecayRequirements
{
    /// <summary>Decoupled decay of the stated parameters.</summary>
    public static readonly Requirement<LoopCase, LoopSubject> LOOP_06_Decay = new()
    {
        Id = "LOOP-06",
        Statement = "Weight decay shrinks exactly the stated parameters, by η·λ of each weight, and does not enter the moments.",
        Source = "Loshchilov & Hutter 2019, arXiv:1711.05101; BUG-OPT-01, BUG-OPT-02, BUG-OPT-12, BUG-OPT-13; TOL-ADAMW",
        CanonicalCases = [new("5 5|1", "1|15", "16"), new("16 16", "3|3 4")],
        Subject = (_, _) => Correct,
        Holds = (subject, c, at) =>
        {
            var options = LoopOptions.For(at) with { PeakRate = 1e-2 };
            using var comparison = new DecayComparison(subject, options, at);
            if (comparison.GetReasonToSkip() is { } reason) return Verdict.Skip(reason);
            var (wrong, missing, partial, mixed) = (false, false, false, false);
            var verdicts = c.Draw(subject.Facts, at).SelectMany((rows, step) =>
            {
                var decay = comparison.Step(rows);
                // Without a parameter that decays, the rate is needed for rounding only.
                var rate = subject.Facts.Rate?.Invoke(options, step) ?? decay.Reported
                    ?? (comparison.HasRate ? decay.EstimateRate(comparison.GetRateFactor) : options.PeakRate);
                return decay.Before.Keys
                    .Select(name =>
                    {
                        var verdict = Measure(
                            name, decay, rate * comparison.GetRateFactor(name), rate * subject.Facts.RateFactor(name));
                        if (verdict.Holds) return verdict;
                        var (factor, residual) = FitFactor(decay.Before[name], decay.Decayed[name]);
                        if (comparison.GetRateFactor(name) == 0) wrong = true;
                        else if (residual > 0.1) mixed = true;
                        else if (factor == 0) missing = true;
                        else partial = true;
                        return verdict;
                    })
                    .Prepend(Verdict.AtLeast(double.Epsilon, rate, "learning rate"))
                    .ToArray();
            }).ToArray();
            return Verdict.All(verdicts) with
            {
                Pattern = [.. new[] { wrong, missing, partial, mixed }.Select(isSo => isSo ? 1.0 : 0)],
            };
        },
        Impostors = new()
        {
            ["every parameter decays"] = (_, _) => Decays((loop, _) => loop.Options.WeightDecay),
            ["nothing decays"] = (_, _) => Decays((_, _) => 0),
            ["the embedding is missing"] = (_, _) => Decays((loop, name) => name == "embedding" ? 0 : null),
            ["norms decay too"] = (_, _) => Decays((loop, name) =>
                name.EndsWith("norm", StringComparison.Ordinal) ? loop.Options.WeightDecay : null),
            ["half of the decay"] = (_, _) => Decays((loop, name) =>
                loop.Parameters[name].ndim > 1 ? loop.Options.WeightDecay / 2 : null),
            ["decay in the gradient"] = (_, _) => With(new()
            {
                Update = (loop, name, rate) => loop.Update(name, rate, inGradient: true),
            }),
            ["decay without the learning rate"] = (_, _) => With(new()
            {
                Update = (loop, name, rate) => loop.Update(name, rate, decayRate: 1e-3),
            }),
        },
    };

    internal static IReadOnlyList<Requirement> For(LoopSubject subject) => [LOOP_06_Decay.For((_, _) => subject)];

    private static LoopSubject Decays(Func<ReferenceLoop, string, double?> getDecay) => With(new()
    {
        Update = (loop, name, rate) => loop.Update(name, rate, getDecay(loop, name)),
    });

    // The decay as a multiple of the weights, and the share of it that is none: large where decay passes through the moments.
    private static (double Factor, double Residual) FitFactor(double[] before, double[] decayed)
    {
        var (square, size) = (before.Sum(x => x * x), decayed.Sum(x => x * x));
        if (size == 0) return (0, 0);
        var factor = before.Zip(decayed, (x, y) => x * y).Sum() / square;
        return (factor, Math.Sqrt(before.Zip(decayed, (x, y) => Math.Pow(y - factor * x, 2)).Sum() / size));
    }

    // Two updates are rounded, so twice the bound of one.
    private static Verdict Measure(string name, DecayStep step, double decayRate, double rate)
    {
        var (before, decayed, allowed) = (step.Before[name], step.Decayed[name], step.AllowForWeights(name));
        var (factor, worst) = (decayRate * DecayComparison.Decay, 0.0);
        for (var i = 0; i < before.Length; i++)
        {
            var error = Math.Abs(decayed[i] - factor * before[i])
                / (2 * Tolerance.AdamW(before[i], Math.Abs(rate)) + allowed);
            worst = double.IsNaN(error) ? double.NaN : Math.Max(worst, error);
        }
        return Verdict.AtMost(1, worst, $"{name}: largest error of the decay ÷ rounding");
    }
}
