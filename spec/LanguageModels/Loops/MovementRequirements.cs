using TorchSharp;
using TurkishLlm.Specification.LanguageModels.Reference;
using static TorchSharp.torch;
using static TurkishLlm.Specification.LanguageModels.Reference.ReferenceLoopSubject;

namespace TurkishLlm.Specification.LanguageModels.Loops;

/// <summary>What training changes, and in which direction: LOOP-12, LOOP-13.</summary>
public static class MovementRequirements
{
    /// <summary>Every parameter is trained or frozen.</summary>
    public static readonly Requirement<LoopCase, LoopSubject> LOOP_12_Moves = new()
    {
        Id = "LOOP-12",
        Statement = "A few steps change every parameter, even without weight decay; frozen ones keep every bit, even with it.",
        Source = "BUG-OPT-09, BUG-OPT-10, BUG-OPT-14",
        CanonicalCases = [new("5 5|1", "1|15", "16 8"), new("9|2 16", "7 7", "3|16|1")],
        Subject = (_, _) => Correct,
        Holds = (subject, c, at) =>
        {
            var (options, steps) = (LoopOptions.For(at), c.Draw(subject.Facts, at));
            var before = LoopRun.Of(subject, options, []).Weights;
            var after = LoopRun.Of(subject, options, steps).Weights;
            var decayed = LoopRun.Of(subject, options with { WeightDecay = 0.5 }, steps).Weights;
            var verdicts = before.Select(w => subject.Facts.IsFrozen(w.Key)
                ? Verdict.AtMost(0, decayed[w.Key].LargestDifference(w.Value), $"largest change of {w.Key}, which is frozen")
                : Verdict.AtLeast(double.Epsilon, after[w.Key].LargestDifference(w.Value), $"largest change of {w.Key}"));
            return Verdict.All(verdicts).Describe(() => CountByKind(subject, options, before.Keys.Zip(verdicts)));
        },
        Impostors = new()
        {
            ["the optimizer holds a copy of the head"] = (_, _) => Updates(name => name != "head"),
            ["the optimizer has matrices only"] = (_, _) => Updates(name => name is not ("norm" or "up_bias" or "final_norm")),
            ["a bias is forgotten"] = (_, _) => Updates(name => name != "up_bias"),
            ["frozen parameters decay"] = (_, _) => With(new()
            {
                Update = (loop, name, rate) =>
                {
                    loop.Update(name, rate);
                    using var grad = no_grad();
                    if (!loop.Parameters[name].requires_grad)
                        loop.Parameters[name].mul_(1 - rate * loop.Options.WeightDecay);
                },
            }),
        },
    };

    /// <summary>Training lowers the loss.</summary>
    public static readonly Requirement<LoopCase, LoopSubject> LOOP_13_Learns = new()
    {
        Id = "LOOP-13",
        Statement = "A hundred steps on the same rows lower the loss to less than half, with the best of three learning rates.",
        Source = "Reference report, section 11, test 42; TOL-LOOP",
        CanonicalCases = [new("16 4|9"), new("12|12")],
        Subject = (_, _) => Correct,
        Holds = (subject, c, at) =>
        {
            var verdict = Learn(subject, c, 1e-2, at);
            foreach (var rate in new[] { 1e-3, 1e-4 })
                if (!verdict.Holds) verdict = Learn(subject, c, rate, at);
            return verdict;
        },
        Impostors = new()
        {
            ["a flipped sign"] = (_, _) => With(new() { Update = (loop, name, rate) => loop.Update(name, -rate) }),
            ["the learning rate is 0"] = (_, _) => With(new() { Rate = _ => 0 }),
            ["gradients are cleared before the update"] = (_, _) => With(new()
            {
                Clip = (loop, norm) =>
                {
                    loop.ScaleGradients(_ => 0.0);
                    return norm;
                },
            }),
            ["targets of other rows"] = (_, _) =>
            {
                var made = 0;
                return With(new()
                {
                    SumLosses = (logits, targets) => nn.functional.cross_entropy(
                        logits, targets.clamp_min(0).add(5 * ++made).remainder(ReferenceLoopModel.Vocabulary),
                        reduction: nn.Reduction.Sum),
                });
            },
        },
    };

    internal static IReadOnlyList<Requirement> For(LoopSubject subject) =>
        [LOOP_12_Moves.For((_, _) => subject), LOOP_13_Learns.For((_, _) => subject)];

    // The share of wrong parameters of each kind: frozen, with an axis of the vocabulary, other matrices, vectors.
    private static double[] CountByKind(
        LoopSubject subject, LoopOptions options, IEnumerable<(string Name, Verdict Verdict)> moves)
    {
        using var loop = subject.Create(options);
        var byKind = moves.ToLookup(
            move => subject.Facts.IsFrozen(move.Name) ? 0
                : loop.Parameters[move.Name].shape is not { Length: > 1 } shape ? 3
                : shape.Contains(subject.Facts.Vocabulary) ? 1 : 2,
            move => move.Verdict.Holds ? 0.0 : 1);
        return [.. Enumerable.Range(0, 4).Select(kind => byKind[kind].DefaultIfEmpty(0).Average()), 1];
    }

    private static LoopSubject Updates(Func<string, bool> isUpdated) => With(new()
    {
        Update = (loop, name, rate) =>
        {
            if (isUpdated(name)) loop.Update(name, rate);
        },
    });

    private static Verdict Learn(LoopSubject subject, LoopCase c, double rate, Conditions at)
    {
        using var loop = subject.Create(LoopOptions.For(at) with { PeakRate = rate, Steps = 200 });
        var rows = c.Draw(subject.Facts, at)[0].ToTensors(at.Device);
        var first = loop.Step(rows).Loss;
        var ratio = 1.0;
        for (var step = 1; step < 100 && !(ratio < Tolerance.LoopLearns); step++) ratio = loop.Step(rows).Loss / first;
        return Verdict.Between(0, Tolerance.LoopLearns, ratio, "loss ÷ first loss");
    }
}
