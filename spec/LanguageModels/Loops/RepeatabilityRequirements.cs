using TorchSharp;
using TurkishLlm.Specification.LanguageModels.Reference;
using static TurkishLlm.Specification.LanguageModels.Reference.ReferenceLoopSubject;

namespace TurkishLlm.Specification.LanguageModels.Loops;

/// <summary>What a run depends on: LOOP-09, LOOP-10, LOOP-16.</summary>
public static class RepeatabilityRequirements
{
    private static readonly IReadOnlyList<LoopCase> Usual = [new("5 5|1", "1|15", "16"), new("9|2 1", "7 7", "3|16|1", "4")];

    /// <summary>Seeds.</summary>
    public static readonly Requirement<LoopCase, LoopSubject> LOOP_09_Seed = new()
    {
        Id = "LOOP-09",
        Statement = "Two runs with the same seed give the same losses and weights, and another seed gives others.",
        Source = "BUG-NUM-12, BUG-INI-05",
        CanonicalCases = Usual,
        Subject = (_, _) => Correct,
        Holds = (subject, c, at) =>
        {
            var (options, steps) = (Options(c, at), c.Draw(subject.Facts, at));
            var first = LoopRun.Of(subject, options, steps);
            var same = LoopRun.Of(subject, options, steps).SameAs(
                first, at, () => LoopRun.Of(subject, options, steps), "the second run");
            if (!subject.Facts.UsesSeed) return same;
            var other = LoopRun.Of(subject, options with { Seed = options.Seed + 1 }, steps);
            return Verdict.All(
                same, Verdict.AtLeast(double.Epsilon, other.DifferenceFrom(first), "difference of a run with another seed"));
        },
        Impostors = new()
        {
            ["weights are drawn from a new seed each time"] = (_, _) =>
            {
                var clock = 0;
                return With(new() { Options = options => options with { Seed = options.Seed + 17 * clock++ } });
            },
            ["dropout is drawn from a new seed each time"] = (_, _) =>
            {
                var clock = 0L;
                return With(new() { DropoutSeed = (_, _) => clock++ });
            },
            ["the seed is not used"] = (_, _) => With(new() { Options = options => options with { Seed = 42 } }),
        },
    };

    /// <summary>Gradients of the step before.</summary>
    public static readonly Requirement<LoopCase, LoopSubject> LOOP_10_Cleared = new()
    {
        Id = "LOOP-10",
        Statement = "A step does not contain gradients of the step before it: after loading the state before, it is the same.",
        Source = "BUG-ACC-06",
        CanonicalCases = Usual,
        Subject = (_, _) => Correct,
        Holds = (subject, c, at) =>
        {
            var (options, steps) = (Options(c, at), c.Draw(subject.Facts, at));
            var expected = LoopRun.Of(subject, options, steps.Take(1));
            using var folder = new TemporaryFolder();
            using var loop = subject.Create(options);
            loop.Save(folder.Path);
            LoopRun.Continue(loop, at.Device, steps.Skip(1));
            loop.Load(folder.Path);
            return LoopRun.Continue(loop, at.Device, steps.Take(1))
                .SameAs(expected, at, () => LoopRun.Of(subject, options, steps.Take(1)), "the first step again")
                .Describe(() => LoopTraces.OfRepeat(subject, options, steps, at));
        },
        Impostors = new()
        {
            ["never cleared"] = (_, _) => With(new() { Begin = _ => { } }),
            ["halved instead of cleared"] = (_, _) => With(new() { Begin = loop => Scale(loop, _ => 0.5) }),
            ["only matrices are cleared"] = (_, _) => With(new() { Begin = loop => Scale(loop, g => g.ndim > 1 ? 0 : 1) }),
            ["cleared every second step"] = (_, _) =>
            {
                var made = 0;
                return With(new()
                {
                    Begin = loop =>
                    {
                        if (made++ % 2 == 0) loop.ClearGradients();
                    },
                    AfterLoad = (_, _) => made = 1,
                });
            },
        },
    };

    /// <summary>Evaluation between steps.</summary>
    public static readonly Requirement<LoopCase, LoopSubject> LOOP_16_Evaluation = new()
    {
        Id = "LOOP-16",
        Statement = "Evaluating between steps changes neither losses nor weights.",
        Source = "BUG-EVL-03, BUG-EVL-04",
        CanonicalCases = Usual,
        Subject = (_, _) => Correct,
        Holds = (subject, c, at) =>
        {
            if (subject.Facts.Evaluate is not { } evaluate) return Verdict.Skip("no evaluation is stated");
            var (options, steps) = (Options(c, at), c.Draw(subject.Facts, at));
            var expected = LoopRun.Of(subject, options, steps);
            return LoopRun.Of(subject, options, steps, (loop, _) => evaluate(loop))
                .SameAs(expected, at, () => LoopRun.Of(subject, options, steps), "with evaluation")
                .Describe(() => LoopTraces.OfEvaluation(subject, options, steps, at));
        },
        Impostors = new()
        {
            ["the generator moves on"] = (_, _) => With(new() { Evaluate = loop => loop.State.Draws++ }),
            ["dropout stays off"] = (_, _) => With(new() { Evaluate = loop => loop.DropoutIsOff = true }),
            ["the learning rate moves on"] = (_, _) => With(new() { Evaluate = loop => loop.State.Step++ }),
            ["gradients are left"] = (_, _) => With(new()
            {
                Begin = _ => { },
                End = loop => loop.ClearGradients(),
                Evaluate = loop => loop.ComputeEvaluationLoss(backward: true),
            }),
        },
    };

    internal static IReadOnlyList<Requirement> ForRuns(LoopSubject subject) =>
        [LOOP_09_Seed.For((_, _) => subject), LOOP_10_Cleared.For((_, _) => subject)];

    internal static IReadOnlyList<Requirement> ForEvaluation(LoopSubject subject) => [LOOP_16_Evaluation.For((_, _) => subject)];

    private static LoopOptions Options(LoopCase c, Conditions at) => LoopOptions.For(at) with
    {
        PeakRate = 1e-2, Steps = c.Steps.Count, Warmup = 1, WeightDecay = 0.1, Dropout = 0.1,
    };

    private static void Scale(ReferenceLoop loop, Func<torch.Tensor, double> getFactor)
    {
        if (loop.Parameters["head"].grad is not null) loop.ScaleGradients(getFactor);
    }
}
