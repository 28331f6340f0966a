namespace TurkishLlm.Specification.LanguageModels.Loops;

/// <summary>
/// Patterns of what a bug changes in one step, for explanations. Numbers are in units of the step that is right, at most 1, so
/// they are nearly independent of the model.
/// </summary>
internal static class LoopTraces
{
    /// <summary>
    /// Adds the pattern to a verdict that fails. A subject that throws an exception during its measurement keeps the verdict.
    /// </summary>
    public static Verdict Describe(this Verdict verdict, Func<IReadOnlyList<double>> measure)
    {
        if (verdict.Holds) return verdict;
        try
        {
            return verdict with { Pattern = measure() };
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            return verdict;
        }
    }

    /// <summary>
    /// Of each step after an evaluation, at the same weights: whether its loss differs from that without evaluation, whether it
    /// differs from that without dropout, and how much the direction of its update differs.
    /// </summary>
    public static double[] OfEvaluation(
        LoopSubject subject, LoopOptions options, IReadOnlyList<LoopStep> steps, Conditions at)
    {
        var evaluated = Run(subject, options, steps, at, subject.Facts.Evaluate);
        var plain = Run(subject, options, steps, at, weights: evaluated);
        var still = Run(subject, options with { Dropout = 0 }, steps, at, weights: evaluated);
        return
        [
            .. Enumerable.Range(1, steps.Count - 1).SelectMany(i => new[]
            {
                evaluated[i].CompareLoss(plain[i]), evaluated[i].CompareLoss(still[i]), evaluated[i].CompareDirection(plain[i]),
            }),
        ];
    }

    /// <summary>The differences of a first step that is repeated after further ones and loading.</summary>
    public static double[] OfRepeat(LoopSubject subject, LoopOptions options, IReadOnlyList<LoopStep> steps, Conditions at)
    {
        using var folder = new TemporaryFolder();
        using var loop = subject.Create(options);
        loop.Save(folder.Path);
        var first = LoopTrace.Of(subject, loop, steps[0], at);
        LoopRun.Continue(loop, at.Device, steps.Skip(1));
        loop.Load(folder.Path);
        return [.. LoopTrace.Of(subject, loop, steps[0], at).Compare(first), 1];
    }

    /// <summary>
    /// The differences of the first step after resuming: with dropout, without it, and without it from a loop that has the
    /// weights only.
    /// </summary>
    public static double[] OfResuming(
        LoopSubject subject, LoopOptions options, IReadOnlyList<LoopStep> steps, int made, Conditions at)
    {
        var (resumed, expected, _) = Resume(subject, options, steps, made, at);
        var (still, expectedStill, fresh) = Resume(subject, options with { Dropout = 0 }, steps, made, at);
        return [resumed.CompareLoss(expected), .. still.Compare(expectedStill), still.CompareDirection(fresh), 1];
    }

    /// <summary>
    /// Whether the first update is the one with class 0 as the target where none counts, whether it is the one without the
    /// targets of class 0, and whether a step with such targets only has no loss. AdamW's first update does not depend on what
    /// the loss is divided by.
    /// </summary>
    public static double[] OfClass0(LoopSubject subject, LoopStep step, Conditions at)
    {
        var actual = First(step);
        return
        [
            IsSame(First(Replace(LoopCase.Ignored, 0))), IsSame(First(Replace(0, LoopCase.Ignored))),
            First(new([[.. step.MicroBatches[0].Select(row => row with { Targets = new long[row.Ids.Length] })]]))
                .Loss > 1e-6 ? 0 : 1,
        ];

        LoopTrace First(LoopStep first)
        {
            using var loop = subject.Create(LoopOptions.For(at));
            return LoopTrace.Of(subject, loop, first, at);
        }

        double IsSame(LoopTrace other) =>
            LoopComparison.RelativeDistance(other.Update, actual.Update) > Tolerance.LoopUpdate(at.NumberType) ? 0 : 1;

        LoopStep Replace(long target, long by) => new(
        [
            .. step.MicroBatches.Select(rows => (IReadOnlyList<LoopRow>)
            [
                .. rows.Select(row => row with { Targets = [.. row.Targets.Select(t => t == target ? by : t)] }),
            ]),
        ]);
    }

    private static (LoopTrace Resumed, LoopTrace Expected, LoopTrace Fresh) Resume(
        LoopSubject subject, LoopOptions options, IReadOnlyList<LoopStep> steps, int made, Conditions at)
    {
        using var folder = new TemporaryFolder();
        using var whole = subject.Create(options);
        LoopRun.Continue(whole, at.Device, steps.Take(made));
        whole.Save(folder.Path);
        var expected = LoopTrace.Of(subject, whole, steps[made], at);
        using var loop = subject.Create(options with { Seed = options.Seed + 1000 + made });
        loop.Load(folder.Path);
        var resumed = LoopTrace.Of(subject, loop, steps[made], at);
        using var fresh = subject.Create(options);
        expected.WriteWeights(fresh);
        return (resumed, expected, LoopTrace.Of(subject, fresh, steps[made], at));
    }

    private static LoopTrace[] Run(
        LoopSubject subject, LoopOptions options, IReadOnlyList<LoopStep> steps, Conditions at,
        Action<ITrainingLoop>? evaluate = null, LoopTrace[]? weights = null)
    {
        using var loop = subject.Create(options);
        return
        [
            .. steps.Select((step, i) =>
            {
                weights?[i].WriteWeights(loop);
                var trace = LoopTrace.Of(subject, loop, step, at);
                evaluate?.Invoke(loop);
                return trace;
            }),
        ];
    }
}
