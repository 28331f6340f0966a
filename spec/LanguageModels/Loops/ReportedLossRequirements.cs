using TurkishLlm.Specification.LanguageModels.Reference;
using static TurkishLlm.Specification.LanguageModels.Reference.ReferenceLoopSubject;

namespace TurkishLlm.Specification.LanguageModels.Loops;

/// <summary>The loss that a step reports: LOOP-04.</summary>
public static class ReportedLossRequirements
{
    /// <summary>The mean over the counted targets, before the update.</summary>
    public static readonly Requirement<LoopCase, LoopSubject> LOOP_04_ReportedLoss = new()
    {
        Id = "LOOP-04",
        Statement = "The reported loss of a step is the mean over its counted targets, before the update: it is the mean of the "
            + "losses of its micro-batches at the same weights, weighted by their counted targets.",
        Source = "BUG-EVL-09; TOL-LOOP",
        CanonicalCases = [new("3 2|14"), new("1|16 5|9"), new("16 1|2", "12|1 1 1")],
        Subject = (_, _) => Correct,
        Holds = (subject, c, at) => Judge(subject, c, at),
        Impostors = new()
        {
            ["the mean of the means is reported"] = (_, _) => With(new()
            {
                ReportDivisor = share => share.Counted * share.Count,
            }),
            ["the loss of the last micro-batch is reported"] = (_, _) => With(new()
            {
                ReportDivisor = share => share.Index == share.Count - 1 ? share.Counted : double.PositiveInfinity,
            }),
            ["the sum of losses is reported"] = (_, _) => With(new() { ReportDivisor = _ => 1 }),
            ["the loss over all positions is reported"] = (_, _) => With(new() { ReportDivisor = share => share.StepPositions }),
            ["the loss ÷ the number of micro-batches is reported"] = (_, _) => With(new()
            {
                ReportDivisor = share => share.StepCounted * share.Count,
            }),
            ["the loss after the update is reported"] = (_, _) => With(new()
            {
                ReportLoss = (loop, rows, _) => loop.ComputeLoss(rows),
            }),
        },
    };

    internal static IReadOnlyList<Requirement> For(LoopSubject subject) => [LOOP_04_ReportedLoss.For((_, _) => subject)];

    private static Verdict Judge(LoopSubject subject, LoopCase c, Conditions at)
    {
        var (verdicts, pattern) = (new List<Verdict>(), new List<double>());
        foreach (var step in c.Draw(subject.Facts, at))
        {
            double[] losses = [.. step.MicroBatches.Select(rows => FirstLoss(subject, new([rows]), at))];
            int[] counted = [.. step.MicroBatches.Select(rows => new LoopStep([rows]).CountTargets())];
            var expected = losses.Zip(counted, (loss, count) => loss * count).Sum() / counted.Sum();
            using var loop = subject.Create(LoopOptions.For(at));
            var bounds = new LoopBounds(subject.Facts, loop.Parameters, at);
            var reported = loop.Step(step.ToTensors(at.Device)).Loss;
            verdicts.Add(Verdict.AtMost(
                bounds.Loss(expected, counted.Sum()), Math.Abs(reported - expected), "difference from the weighted mean, nats"));
            pattern.AddRange(losses.Append(expected).Select(loss => Math.Min(1, Math.Abs(reported / loss - 1))));
        }
        // Relative differences from each micro-batch and from their mean, and 1 as their unit.
        return Verdict.All(verdicts) with { Pattern = [.. pattern, 1] };
    }

    private static double FirstLoss(LoopSubject subject, LoopStep step, Conditions at)
    {
        using var loop = subject.Create(LoopOptions.For(at));
        return loop.Step(step.ToTensors(at.Device)).Loss;
    }
}
