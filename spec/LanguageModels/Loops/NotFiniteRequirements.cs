using TorchSharp;
using TurkishLlm.Specification.LanguageModels.Reference;
using static TorchSharp.torch;
using static TurkishLlm.Specification.LanguageModels.Reference.ReferenceLoopSubject;

namespace TurkishLlm.Specification.LanguageModels.Loops;

/// <summary>A weight that is not finite during the third step.</summary>
/// <param name="Value">The value that the largest parameter has during that step.</param>
/// <param name="Rows">Four steps.</param>
public sealed record LoopNotFiniteCase(double Value, LoopCase Rows);

/// <summary>Steps that are not finite: LOOP-11.</summary>
public static class NotFiniteRequirements
{
    /// <summary>Such a step leaves no trace.</summary>
    public static readonly Requirement<LoopNotFiniteCase, LoopSubject> LOOP_11_NotFinite = new()
    {
        Id = "LOOP-11",
        Statement = "A step that is not finite is refused, by an exception or by skipping it and saying so: it changes no "
            + "weight, and after a skip the next step is the one that would have come without it.",
        Source = "BUG-ACC-13; TOL-LOOP",
        CanonicalCases =
        [
            new(double.NaN, new("5 5|1", "1|15", "3|4", "16")),
            new(double.PositiveInfinity, new("9|2 1", "7 7", "16|1", "3|8")),
        ],
        Subject = (_, _) => Correct,
        Holds = Judge,
        Impostors = new()
        {
            ["no check"] = (_, _) => With(new() { Refuses = (_, _, _) => false }),
            ["NaN gradients become zero"] = (_, _) => With(new()
            {
                Refuses = (loop, _, _) =>
                {
                    foreach (var gradient in loop.Gradients)
                        gradient.copy_(where(gradient.isfinite(), gradient, zeros_like(gradient)));
                    return false;
                },
            }),
            ["the moments decay all the same"] = (_, _) => With(new()
            {
                Refuses = (loop, loss, _) =>
                {
                    if (double.IsFinite(loss)) return false;
                    using var grad = no_grad();
                    foreach (var mean in loop.State.Means.Values) mean.mul_(0.9);
                    return true;
                },
            }),
            ["moments get the gradient"] = (_, _) => With(new()
            {
                Refuses = (loop, loss, _) =>
                {
                    if (double.IsFinite(loss)) return false;
                    using var grad = no_grad();
                    foreach (var (name, mean) in loop.State.Means) mean.add_(0.1 * loop.Parameters[name].grad!);
                    return true;
                },
            }),
            ["its gradients stay for the next step"] = (_, _) => With(new()
            {
                Begin = _ => { },
                End = loop => loop.ClearGradients(),
            }),
            ["refused without saying so"] = (_, _) => With(new() { ReportsRefusal = false }),
        },
    };

    internal static IReadOnlyList<Requirement> For(LoopSubject subject) => [LOOP_11_NotFinite.For((_, _) => subject)];

    private static Verdict Judge(LoopSubject subject, LoopNotFiniteCase c, Conditions at)
    {
        // A long schedule without warm-up: whether the refused step counts for the learning rate is the loop's choice.
        var options = LoopOptions.For(at) with { Steps = 10_000 };
        var steps = c.Rows.Draw(subject.Facts, at);
        using var reference = subject.Create(options);
        using var loop = subject.Create(options);
        using var again = LoopRun.IsExact(at) ? null : subject.Create(options);
        foreach (var other in new[] { loop, again }.OfType<ITrainingLoop>())
            LoopRun.Continue(other, at.Device, steps.Take(2));
        LoopRun.Continue(reference, at.Device, steps.Take(2));
        LoopRun.CopyWeights(reference, loop);
        if (again is not null) LoopRun.CopyWeights(reference, again);
        var before = LoopRun.Copy(loop);
        var result = StepWith(loop, FindVictim(loop, subject.Facts), c.Value, steps[2].ToTensors(at.Device));
        var changed = LoopRun.Copy(loop).Select(w => Verdict.AtMost(
            0, w.Value.LargestDifference(before[w.Key]), $"largest change of {w.Key} by a step that is not finite"));
        if (result is null || Verdict.All(changed) is { Holds: false }) return Verdict.All(changed);
        if (!result.Skipped)
            return Verdict.That(false, "a step that is not finite changed no weight, but was not reported as skipped");
        var (expected, a) = MakeNext(reference);
        var (actual, b) = MakeNext(loop);
        var spread = again is null ? 0 : Tolerance.LoopRepeat(LoopComparison.RelativeDistance(MakeNext(again).Update, a));
        return Verdict.All([.. changed, Verdict.AtMost(
            Tolerance.LoopNextUpdate + GetRateChange(subject.Facts, options, expected, actual) + spread,
            LoopComparison.RelativeDistance(b, a), "difference of the next update ÷ update")]);

        (StepResult Result, IReadOnlyDictionary<string, double[]> Update) MakeNext(ITrainingLoop next) => (
            next.Step(steps[3].ToTensors(at.Device)), LoopComparison.Subtract(LoopRun.Copy(next), before));
    }

    // The embedding or the head: what no logit can do without.
    private static Tensor FindVictim(ITrainingLoop loop, LoopFacts facts) => loop.Parameters.Values
        .OrderByDescending(p => p.shape.Contains(facts.Vocabulary)).ThenByDescending(p => p.numel()).First();

    // Writes the value, makes the step and restores the weight, unless the step changed it to something else.
    // Returns null if the step threw.
    private static StepResult? StepWith(ITrainingLoop loop, Tensor victim, double value, IReadOnlyList<TokenRows> rows)
    {
        using var scope = NewDisposeScope();
        using var original = victim.detach().clone();
        using (no_grad()) victim.fill_(value);
        try
        {
            return loop.Step(rows);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            return null;
        }
        finally
        {
            using var grad = no_grad();
            victim.copy_(where(victim.eq(value).logical_or(victim.isnan()), original, victim));
        }
    }

    private static double GetRateChange(LoopFacts facts, LoopOptions options, StepResult expected, StepResult actual) =>
        facts.Rate is { } rate ? Math.Abs(rate(options, 3) / rate(options, 2) - 1)
        : expected.LearningRate is { } a && actual.LearningRate is { } b ? Math.Abs(b / a - 1)
        : 0;
}
