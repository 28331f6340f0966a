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
            var (wrong, missing) = (0.0, 0.0);
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
                        if (comparison.GetRateFactor(name) == 0) wrong++;
                        else missing++;
                        return verdict;
                    })
                    .Prepend(Verdict.AtLeast(double.Epsilon, rate, "learning rate"))
                    .ToArray();
            }).ToArray();
            return Verdict.All(verdicts) with { Pattern = [Math.Min(1, wrong), Math.Min(1, missing)] };
        },
        Impostors = new()
        {
            ["every parameter decays"] = (_, _) => Decays((loop, _) => loop.Options.WeightDecay),
            ["nothing decays"] = (_, _) => Decays((_, _) => 0),
            ["the embedding is missing"] = (_, _) => Decays((loop, name) => name == "embedding" ? 0 : null),
            ["norms decay too"] = (_, _) => Decays((loop, name) =>
                name.EndsWith("norm", StringComparison.Ordinal) ? loop.Options.WeightDecay : null),
            ["half of it"] = (_, _) => Decays((loop, name) =>
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
