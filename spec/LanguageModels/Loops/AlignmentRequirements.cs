using TurkishLlm.Specification.LanguageModels.Decoders;
using TurkishLlm.Specification.LanguageModels.Reference;
using static TorchSharp.torch;
using static TurkishLlm.Specification.LanguageModels.Reference.ReferenceLoopSubject;

namespace TurkishLlm.Specification.LanguageModels.Loops;

/// <summary>A row with one counted target.</summary>
/// <param name="Place">Place of the target, from 0 for the first position to 1 for the last but one.</param>
public sealed record LoopTargetCase(double Place);

/// <summary>Which logits are compared with which target: LOOP-17.</summary>
public static class AlignmentRequirements
{
    /// <summary>The loss of a target is that of the logits at its own position.</summary>
    public static readonly Requirement<LoopTargetCase, LoopSubject> LOOP_17_Alignment = new()
    {
        Id = "LOOP-17",
        Statement = "The loss of a target depends on the target and on the token at its position, but not on later tokens.",
        Source = "BUG-LOS-02; TOL-LOOP",
        CanonicalCases = [new(0.5), new(0), new(1)],
        Subject = (_, _) => Correct,
        Holds = Judge,
        Impostors = new()
        {
            ["targets are shifted twice"] = (_, _) => With(new()
            {
                SumLosses = (logits, targets) => new ReferenceLoopParts().SumLosses(Head(logits), Tail(targets)),
            }),
            ["targets are shifted back"] = (_, _) => With(new()
            {
                SumLosses = (logits, targets) => new ReferenceLoopParts().SumLosses(Tail(logits), Head(targets)),
            }),
            ["targets are the inputs"] = (_, _) => With(new()
            {
                MicroBatches = batches =>
                [
                    .. batches.Select(rows => rows with
                    {
                        Targets = where(rows.Targets.eq(LoopCase.Ignored), rows.Targets, rows.Ids),
                    }),
                ],
            }),
        },
    };

    internal static IReadOnlyList<Requirement> For(LoopSubject subject) => [LOOP_17_Alignment.For((_, _) => subject)];

    private static Tensor Head(Tensor positions) => positions.narrow(0, 0, positions.size(0) - 1);

    private static Tensor Tail(Tensor positions) => positions.narrow(0, 1, positions.size(0) - 1);

    private static Verdict Judge(LoopSubject subject, LoopTargetCase c, Conditions at)
    {
        var (time, vocabulary) = (subject.Facts.Time, subject.Facts.Vocabulary);
        var ids = at.Ids(1, vocabulary, time).Longs();
        var place = (int)Math.Round(c.Place * (time - 2));
        var target = ids[place + 1];
        var loss = Measure(subject, ids, place, target, at);
        var otherTarget = Measure(subject, ids, place, Next(target), at);
        var otherToken = Measure(subject, [.. ids.Select((id, i) => i == place ? Next(id) : id)], place, target, at);
        var later = Measure(subject, [.. ids.Select((id, i) => i > place ? Next(id) : id)], place, target, at);
        using var loop = subject.Create(LoopOptions.For(at));
        var bounds = new LoopBounds(subject.Facts, loop.Parameters, at);
        return Verdict.All(
            LogitDifferences.Differs(Math.Abs(otherTarget - loss), "change of the loss by another target, nats"),
            LogitDifferences.Differs(Math.Abs(otherToken - loss), "change of the loss by another token at its position, nats"),
            Verdict.AtMost(bounds.Loss(loss, 1), Math.Abs(later - loss), "change of the loss by later tokens, nats"))
            with { Pattern = [.. new[] { otherTarget, otherToken, later }.Select(other => other == loss ? 0.0 : 1)] };

        long Next(long id) => (id + 1 + vocabulary / 2) % vocabulary;
    }

    // The weights are perturbed, because a head that begins at zero would hide everything before it.
    private static double Measure(LoopSubject subject, long[] ids, int place, long target, Conditions at)
    {
        using var loop = subject.Create(LoopOptions.For(at));
        using (no_grad())
        {
            var salt = 2L;
            foreach (var weight in loop.Parameters.Values.Where(weight => weight.ndim > 1))
                weight.add_(at.Normal(salt++, 0.5 / Math.Sqrt(weight.shape[^1]), weight.shape).to(weight.dtype));
        }
        var targets = ids.Select((_, i) => i == place ? target : LoopCase.Ignored).ToArray();
        return loop.Step(new LoopStep([[new(ids, targets)]]).ToTensors(at.Device)).Loss;
    }
}
