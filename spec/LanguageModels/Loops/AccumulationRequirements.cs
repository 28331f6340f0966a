using TurkishLlm.Specification.LanguageModels.Reference;
using static TorchSharp.torch;
using static TurkishLlm.Specification.LanguageModels.Reference.ReferenceLoopSubject;

namespace TurkishLlm.Specification.LanguageModels.Loops;

/// <summary>The gradient of a step in micro-batches: LOOP-01, LOOP-02, LOOP-03.</summary>
public static class AccumulationRequirements
{
    private static readonly IReadOnlyList<LoopCase> Usual =
    [
        new("1 1 1|1", "15|15", "5 5|1", "1|15"), new("2 3 1|16", "4|1 1 1|9", "12 1|3", "1|1|1|14"),
        new("16 9 1|2|2", "1|1", "7|16 16"),
    ];

    /// <summary>Micro-batches with unequal numbers of targets.</summary>
    public static readonly Requirement<LoopCase, LoopSubject> LOOP_01_MicroBatches = new()
    {
        Id = "LOOP-01",
        Statement = "Micro-batches with unequal numbers of counted targets give the step of one large batch with the same rows.",
        Source = "BUG-ACC-01, BUG-ACC-03; TOL-LOOP",
        CanonicalCases = Usual,
        Subject = (_, _) => Correct,
        Holds = (subject, c, at) =>
        {
            var steps = c.Draw(subject.Facts, at);
            var same = LoopComparison.SameSteps(subject, [.. steps.Select(step => step.Merge())], steps, at);
            // The updates only: LOOP-04 describes the loss, which may have a bug of its own.
            return same.Describe(() => [.. same.Pattern!.Where((_, i) => i % 2 > 0)]);
        },
        Impostors = new()
        {
            ["the mean of the means"] = (_, _) => WithDivisor(share => share.Counted * share.Count),
            ["the sum of the means"] = (_, _) => WithDivisor(share => share.Counted),
            ["divided by the positions of the micro-batch"] = (_, _) => With(new()
            {
                Divisor = share => share.Positions * share.Count,
            }),
            ["the last micro-batch is dropped"] = (_, _) => With(new()
            {
                MicroBatches = batches => batches.Count > 1 ? [.. batches.SkipLast(1)] : batches,
            }),
            ["gradients are cleared between micro-batches"] = (_, _) => With(new()
            {
                AfterMicroBatch = (loop, share) =>
                {
                    if (share.Index < share.Count - 1) loop.ClearGradients();
                },
            }),
        },
    };

    /// <summary>Rows without counted targets.</summary>
    public static readonly Requirement<LoopCase, LoopSubject> LOOP_02_IgnoredRows = new()
    {
        Id = "LOOP-02",
        Statement = "A row and a micro-batch without any counted target change neither the update nor the loss.",
        Source = "BUG-ACC-01; TOL-LOOP",
        CanonicalCases = Usual,
        Subject = (_, _) => Correct,
        Holds = (subject, c, at) =>
        {
            var drawn = new LoopCase([.. c.Steps, "0 0 0"]).Draw(subject.Facts, at);
            var (steps, ignored) = (drawn.SkipLast(1).ToArray(), drawn[^1].MicroBatches[0]);
            // In every second step only: AdamW does not see a constant factor.
            IReadOnlyList<LoopStep> longer = [.. steps.Select((step, i) => i % 2 > 0 ? step : new LoopStep(
                [[.. step.MicroBatches[0], ignored[0]], ignored, .. step.MicroBatches.Skip(1)]))];
            var same = LoopComparison.SameSteps(subject, steps, longer, at);
            return Verdict
                .All(same, Verdict.AtLeast(1e-6, GetLossOfClass0(subject, ignored, at), "loss where every target is class 0"))
                .Describe(() => [.. LoopTraces.OfClass0(subject, steps[0], at), .. same.Pattern!]);
        },
        Impostors = new()
        {
            ["divided by all positions"] = (_, _) => With(new() { Divisor = share => share.StepPositions }),
            ["the loss is divided by all positions"] = (_, _) => With(new() { ReportDivisor = share => share.StepPositions }),
            ["0 ÷ 0 for a micro-batch without targets"] = (_, _) => With(new()
            {
                ReportDivisor = share => share.Counted * (share.StepCounted / share.Counted),
            }),
            ["ignored targets are class 0"] = (_, _) => With(new()
            {
                SumLosses = (logits, targets) =>
                    nn.functional.cross_entropy(logits, targets.clamp_min(0), reduction: nn.Reduction.Sum),
            }),
            ["class 0 is ignored too"] = (_, _) => With(new()
            {
                SumLosses = (logits, targets) => nn.functional.cross_entropy(
                    logits, targets.clamp_min(0), ignore_index: 0, reduction: nn.Reduction.Sum),
            }),
            ["ignored targets are the most likely token"] = (_, _) => With(new()
            {
                SumLosses = (logits, targets) => nn.functional.cross_entropy(
                    logits, where(targets.eq(LoopCase.Ignored), logits.argmax(-1), targets), reduction: nn.Reduction.Sum),
            }),
        },
    };

    /// <summary>Another order of the same rows.</summary>
    public static readonly Requirement<LoopCase, LoopSubject> LOOP_03_Order = new()
    {
        Id = "LOOP-03",
        Statement = "The order of micro-batches, and of rows in them, changes neither the update nor the loss of a step.",
        Source = "BUG-ACC-06; TOL-LOOP",
        CanonicalCases = Usual,
        Subject = (_, _) => Correct,
        Holds = (subject, c, at) =>
        {
            var steps = c.Draw(subject.Facts, at);
            return LoopComparison.SameSteps(subject, steps, [.. steps.Select(step => step.Reverse())], at);
        },
        Impostors = new()
        {
            ["only the last micro-batch counts"] = (_, _) => With(new()
            {
                MicroBatches = batches => [batches[^1]],
            }),
            ["later micro-batches count more"] = (_, _) => With(new()
            {
                Divisor = share => share.StepCounted / (share.Index + 1),
            }),
            ["divided by the targets of the first micro-batch"] = (_, _) =>
            {
                var first = 1.0;
                return With(new()
                {
                    Divisor = share => first = share.Index == 0 ? share.Counted * share.Count : first,
                });
            },
            ["earlier gradients are halved"] = (_, _) => With(new()
            {
                AfterMicroBatch = (loop, share) =>
                {
                    if (share.Index < share.Count - 1) loop.ScaleGradients(_ => 0.5);
                },
            }),
        },
    };

    internal static IReadOnlyList<Requirement> For(LoopSubject subject) =>
    [
        LOOP_01_MicroBatches.For((_, _) => subject), LOOP_02_IgnoredRows.For((_, _) => subject),
        LOOP_03_Order.For((_, _) => subject),
    ];

    // A loop usually reports the loss that it differentiates.
    private static LoopSubject WithDivisor(Func<MicroBatchShare, double> divisor) =>
        With(new() { Divisor = divisor, ReportDivisor = divisor });

    private static double GetLossOfClass0(LoopSubject subject, IReadOnlyList<LoopRow> rows, Conditions at)
    {
        using var loop = subject.Create(LoopOptions.For(at));
        var step = new LoopStep([[.. rows.Select(row => row with { Targets = new long[row.Ids.Length] })]]);
        return loop.Step(step.ToTensors(at.Device)).Loss;
    }
}
