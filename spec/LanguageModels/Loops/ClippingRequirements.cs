using TorchSharp;
using TurkishLlm.Specification.LanguageModels.Reference;
using static System.FormattableString;
using static TurkishLlm.Specification.LanguageModels.Reference.ReferenceLoopSubject;

namespace TurkishLlm.Specification.LanguageModels.Loops;

/// <summary>Steps under two limits of the gradient norm: a share of the norm, and the norm divided by it.</summary>
/// <param name="Share">The share.</param>
/// <param name="Rows">The steps, each judged at the weights of step 0.</param>
public sealed record LoopClippingCase(double Share, LoopCase Rows);

/// <summary>Clipping in a loop: LOOP-05.</summary>
public static class ClippingRequirements
{
    /// <summary>Clipping by the norm of all gradients.</summary>
    public static readonly Requirement<LoopClippingCase, LoopSubject> LOOP_05_Clipping = new()
    {
        Id = "LOOP-05",
        Statement = "Gradients with a norm above the limit are scaled to it by one factor for all, once per step; gradients "
            + "within it are not changed; the reported norm is the one before.",
        Source = "Pascanu et al. 2013, arXiv:1211.5063, algorithm 1; BUG-ACC-08, BUG-ACC-12; TOL-STEPS, TOL-LOOP",
        CanonicalCases = [new(0.5, new("5 5|1", "1|15")), new(0.1, new("3 2|14|1")), new(0.8, new("1|16", "2 2|9 1"))],
        Subject = (_, _) => Correct,
        Holds = Judge,
        Impostors = new()
        {
            ["gradients are never clipped"] = (_, _) => Clips((_, _, _) => { }),
            ["every parameter by itself"] = (_, _) => Clips((loop, _, limit) => loop.ScaleGradients(
                gradient => Math.Min(1, limit / gradient.norm().ToDouble()))),
            ["every element by itself"] = (_, _) => Clips((loop, _, limit) =>
            {
                foreach (var gradient in loop.Gradients) gradient.clamp_(-limit, limit);
            }),
            ["clipped after every micro-batch"] = (_, _) => With(new()
            {
                AfterMicroBatch = (loop, _) =>
                {
                    var norm = loop.GetNorm();
                    if (loop.Options.MaxNorm is { } limit && norm > limit) loop.ScaleGradients(_ => limit / norm);
                },
            }),
            ["always scaled to the limit"] = (_, _) => Clips((loop, norm, limit) => loop.ScaleGradients(_ => limit / norm)),
            ["matrices only"] = (_, _) => Clips((loop, norm, limit) => loop.ScaleGradients(
                gradient => gradient.ndim > 1 ? Math.Min(1, limit / norm) : 1)),
            ["the norm after clipping is reported"] = (_, _) => With(new()
            {
                Clip = (loop, norm) =>
                {
                    new ReferenceLoopParts().Clip(loop, norm);
                    return loop.GetNorm();
                },
            }),
        },
    };

    internal static IReadOnlyList<Requirement> For(LoopSubject subject) => [LOOP_05_Clipping.For((_, _) => subject)];

    private static LoopSubject Clips(Action<ReferenceLoop, double, double> clip) => With(new()
    {
        Clip = (loop, norm) =>
        {
            if (loop.Options.MaxNorm is { } limit) clip(loop, norm, limit);
            return norm;
        },
    });

    private static Verdict Judge(LoopSubject subject, LoopClippingCase c, Conditions at)
    {
        if (!subject.Facts.Clips) return Verdict.Skip("the loop has no limit of the gradient norm");
        var (verdicts, sharp) = (new List<Verdict>(), false);
        var (ofNorm, above, below, effect, turned) = (0.0, 0.0, 0.0, 0.0, false);
        foreach (var step in c.Rows.Draw(subject.Facts, at))
        {
            var (raw, update, rounding) = Step(subject, step, maxNorm: null, at);
            // On other devices than the CPU, the same step again: its differences are allowed.
            var again = LoopRun.IsExact(at) ? null : Step(subject, step, maxNorm: null, at).Result;
            if (GetNorm(raw) is not { } norm)
                return Verdict.Skip("the loop reports neither gradients nor their norm");
            foreach (var share in new[] { c.Share, 1 / c.Share })
            {
                var (limited, limitedUpdate, _) = Step(subject, step, share * norm, at);
                turned |= LoopComparison.RelativeDistance(limitedUpdate, update) > Tolerance.LoopUpdate(at.NumberType);
                if (limited.GradientNorm is { } reported)
                {
                    ofNorm = Math.Max(ofNorm, Math.Abs(reported / norm - 1));
                    verdicts.Add(Verdict.AtMost(
                        rounding + Allow(again, repeated => GetNorm(repeated)!.Value / norm - 1),
                        Math.Abs(reported / norm - 1), "|reported norm ÷ norm − 1|"));
                }
                if (limited.Gradients is not { } gradients || raw.Gradients is not { } before) continue;
                sharp = true;
                var errors = before.Select(g => gradients[g.Key].RelativeTo([.. g.Value.Select(x => x * Math.Min(1, share))]));
                if (share > 1) below = Math.Max(below, errors.Max());
                else
                {
                    above = Math.Max(above, errors.Max());
                    effect = Math.Max(effect, before.Max(g => gradients[g.Key].RelativeTo(g.Value)));
                }
                verdicts.AddRange(before.Select(g => Verdict.AtMost(
                    rounding + Allow(again, repeated => repeated.Gradients![g.Key].RelativeTo(g.Value)),
                    gradients[g.Key].RelativeTo([.. g.Value.Select(x => x * Math.Min(1, share))]),
                    Invariant($"gradient of {g.Key} under a limit of {share} of the norm, max|Δ| ÷ max|g|"))));
            }
        }
        var direction = turned ? 1 : 0;
        if (sharp) return Verdict.All(verdicts) with { Pattern = Describe(ofNorm, below, above, effect > 0 ? 0 : 1, direction) };
        var byUpdates = ClippingByUpdates.Judge(subject, at).ToArray();
        var isIdle = byUpdates.Any(verdict => !verdict.Holds && verdict.Measured?.Value == 0) ? 1 : 0;
        var all = Verdict.All([.. verdicts, .. byUpdates]);
        if (all.Holds && byUpdates.FirstOrDefault(verdict => verdict.IsSkipped) is { } skipped) return skipped;
        return all with
        {
            Pattern = Describe(ofNorm, byUpdates[0].Holds ? 0 : 1, Math.Max(isIdle, direction), isIdle, direction),
        };
    }

    // Wrong norms, scaling below the limit, wrong scaling above it, none, and another direction: one factor for all gradients
    // does not turn the first update of AdamW.
    private static double[] Describe(params double[] errors) => [.. errors.Select(error => error > 1e-3 ? 1.0 : 0)];

    private static double Allow(StepResult? again, Func<StepResult, double> getDifference) =>
        again is null ? 0 : Tolerance.LoopRepeat(Math.Abs(getDifference(again)));

    private static (StepResult Result, IReadOnlyDictionary<string, double[]> Update, double Rounding) Step(
        LoopSubject subject, LoopStep step, double? maxNorm, Conditions at)
    {
        using var loop = subject.Create(LoopOptions.For(at) with { MaxNorm = maxNorm });
        var rounding = loop.Parameters.Values.Max(p => Tolerance.LoopClipping(p.dtype, p.numel()));
        var before = LoopRun.Copy(loop);
        var result = loop.Step(step.ToTensors(at.Device));
        return (result, LoopComparison.Subtract(LoopRun.Copy(loop), before), rounding);
    }

    private static double? GetNorm(StepResult result) =>
        result.Gradients is { } gradients ? LoopComparison.Norm(gradients) : result.GradientNorm;
}
