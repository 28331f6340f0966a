using TurkishLlm.Specification.LanguageModels.Reference;
using static System.FormattableString;
using static TurkishLlm.Specification.LanguageModels.Reference.ReferenceLoopSubject;

namespace TurkishLlm.Specification.LanguageModels.Loops;

/// <summary>A whole schedule, resumed once.</summary>
/// <param name="Steps">Its length.</param>
/// <param name="Warmup">Number of warm-up steps.</param>
/// <param name="ResumeAt">Step before which the loop is saved and loaded.</param>
/// <param name="Rows">The rows of all steps.</param>
public sealed record LoopRateCase(int Steps, int Warmup, int ResumeAt, LoopCase Rows);

/// <summary>The learning rate in effect: LOOP-07.</summary>
public static class RateRequirements
{
    /// <summary>The stated rate is the one with which weights move.</summary>
    public static readonly Requirement<LoopRateCase, LoopSubject> LOOP_07_Rate = new()
    {
        Id = "LOOP-07",
        Statement = "The learning rate with which weights move is the stated one at every step, in warm-up, after it, and after "
            + "resuming, and it is the one reported.",
        Source = "BUG-OPT-03, BUG-OPT-06, BUG-OPT-07, BUG-OPT-16; TOL-ADAMW, TOL-LOOP",
        CanonicalCases = [new(12, 4, 7, new("3|9 2")), new(9, 2, 1, new("1|1 5|2"))],
        Subject = (_, _) => Correct,
        Holds = (subject, c, at) =>
        {
            if (subject.Facts.Rate is not { } getRate) return Verdict.Skip("no learning rate is stated");
            var options = LoopOptions.For(at) with { PeakRate = 1e-2, Steps = c.Steps, Warmup = c.Warmup };
            using var comparison = new DecayComparison(subject, options, at);
            if (comparison.GetReasonToSkip() is { } reason) return Verdict.Skip(reason);
            if (!comparison.HasRate) return Verdict.Skip("no parameter decays, so its effect cannot be measured");
            var rows = c.Rows.Draw(subject.Facts, at)[0];
            var (verdicts, pattern) = (new List<Verdict>(), new List<double>());
            for (var step = 0; step < c.Steps; step++)
            {
                if (step == c.ResumeAt) comparison.Resume();
                var decay = comparison.Step(rows);
                var (stated, effective) = (getRate(options, step), decay.EstimateRate(comparison.GetRateFactor));
                verdicts.AddRange(Measure(
                    step, stated, effective, decay.AllowForRate(comparison.GetRateFactor), decay.Reported));
                pattern.AddRange([effective - stated, (decay.Reported ?? stated) - stated]);
            }
            return Verdict.All(verdicts) with { Pattern = pattern };
        },
        Impostors = new()
        {
            ["one step late"] = (_, _) => Rates(loop => Math.Max(0, loop.State.Step - 1)),
            ["one step early"] = (_, _) => Rates(loop => loop.State.Step + 1),
            ["the learning rate is constant"] = (_, _) => Rates(loop => loop.Options.Warmup),
            ["advanced by every micro-batch"] = (_, _) => Rates(loop => 2 * loop.State.Step),
            ["warm-up ends at 0.9 of the peak"] = (_, _) => With(new()
            {
                Rate = loop => ReferenceLoop.GetRate(loop.Options, loop.State.Step)
                    * (loop.State.Step < loop.Options.Warmup ? 0.9 : 1),
            }),
            ["starts again after resuming"] = (_, _) => With(new() { AfterLoad = (loop, _) => loop.State.Step = 0 }),
            ["the peak is reported"] = (_, _) => With(new() { ReportRate = (options, _) => options.PeakRate }),
        },
    };

    internal static IReadOnlyList<Requirement> For(LoopSubject subject) => [LOOP_07_Rate.For((_, _) => subject)];

    private static LoopSubject Rates(Func<ReferenceLoop, long> getStep) => With(new()
    {
        Rate = loop => ReferenceLoop.GetRate(loop.Options, getStep(loop)),
    });

    private static IEnumerable<Verdict> Measure(
        int step, double stated, double effective, double spread, double? reported)
    {
        var rounding = Tolerance.LoopRate(stated, DecayComparison.Decay);
        yield return Verdict.AtMost(
            rounding + spread, Math.Abs(effective - stated),
            Invariant($"difference of the effective rate at step {step} from {stated:G4}"));
        if (reported is { } rate)
            yield return Verdict.AtMost(
                rounding, Math.Abs(rate - stated),
                Invariant($"difference of the reported rate at step {step} from {stated:G4}"));
    }
}
