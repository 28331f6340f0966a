using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Spec.Kernel;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Optimization;
using TurkishLlm.Training.Safety;
using static TorchSharp.torch;
using Gradient = System.Action<TurkishLlm.Model.LanguageModel, System.Collections.Generic.IReadOnlyList<TurkishLlm.Training.Objectives.TokenBatch>, long>;

namespace TurkishLlm.Spec.Training;

/// <summary>A step whose micro-batches do not fit into memory.</summary>
/// <param name="Step">The step; its rows count unequal numbers of targets.</param>
/// <param name="MaxRows">Most rows that fit.</param>
public sealed record OutOfMemoryCase(AccumulationCase Step, int MaxRows)
{
    internal int LargestRows => Step.RowsPerMicroBatch.Max();

    /// <summary>Asks for more memory than any machine has when the rows of a micro-batch are too many; the first micro-batch of a step fits always.</summary>
    internal IEnumerable<TokenBatch> ThrowIfTooLarge(IEnumerable<TokenBatch> microBatches) => microBatches.Select((batch, i) =>
    {
        if (i > 0 && batch.Inputs.shape[0] > MaxRows) empty([1L << 50], uint8).Dispose();
        return batch;
    });
}

/// <summary>Fewer rows at once: SAF-04.</summary>
public static class OutOfMemorySpec
{
    private static readonly AccumulationCase EvenRows = AccumulationSpec.P60_EqualsBigBatch.CanonicalCases[2], IncreasingRows = AccumulationSpec.P60_EqualsBigBatch.CanonicalCases[0];

    public static readonly Requirement<OutOfMemoryCase, Gradient> SAF_04_SameGradient = new()
    {
        Id = "SAF-04",
        Statement = "A step that ran out of memory and went through in smaller parts leaves the gradient that the float64 oracle has for the whole: every row once, every counted target with the same weight.",
        Source = "Reference report, section 15: 32 × 2048 did not fit, 8 × 4 did; silent bugs ACC-01, ACC-05, ACC-06; TOL-MODEL",
        CanonicalCases = [new(EvenRows with { RowsPerMicroBatch = [3, 3] }, MaxRows: 2), new(IncreasingRows, MaxRows: 1), new(EvenRows with { RowsPerMicroBatch = [1, 5] }, MaxRows: 2)],
        Subject = (c, _) => (model, batches, counted) => new MicroBatchLimit(c.LargestRows).RunUntilFits(rows =>
            GradientAccumulation.Compute(model, c.ThrowIfTooLarge(batches.SelectMany(batch => batch.Split(rows))), counted)),
        Holds = (gradient, c, at) => AccumulationSpec.WithModel(c.Step, at, (model, batches, expected) =>
        {
            gradient(model, batches, batches.Sum(batch => batch.LossTerms));
            return AccumulationSpec.GradientsEqual(model.Parameters, expected, c.Step, at);
        }),
        Impostors = new Dictionary<string, Func<OutOfMemoryCase, Conditions, Gradient>>
        {
            ["what the failed attempt left is kept"] = (c, _) => (model, batches, counted) =>
            {
                AccumulateGradients(model, [batches[0]], counted);
                foreach (var batch in batches) AccumulateGradients(model, batch.Split(c.MaxRows), counted);
            },
            ["the micro-batch that failed is dropped"] = (c, _) => (model, batches, counted) => AccumulateGradients(model, [.. batches.Where((batch, i) => i == 0 || batch.Inputs.shape[0] <= c.MaxRows)], counted),
            ["fewer rows, but not more often"] = (c, _) => (model, batches, counted) => AccumulateGradients(model, [.. batches.Select(batch => batch.Split(c.MaxRows).First())], counted),
            ["the mean of the parts' means"] = (c, _) => (model, batches, counted) =>
            {
                var parts = batches.SelectMany(batch => batch.Split(c.MaxRows)).ToList();
                foreach (var part in parts) AccumulateGradients(model, [part], part.LossTerms * parts.Count);
            },
            ["the first rows of every part again"] = (c, _) => (model, batches, counted) =>
            {
                foreach (var batch in batches)
                    for (var part = 0; part < batch.Split(c.MaxRows).Count(); part++) AccumulateGradients(model, [batch.Split(c.MaxRows).First()], counted);
            },
        },
    };

    /// <summary>All of this area.</summary>
    public static IReadOnlyList<Requirement> All => [SAF_04_SameGradient];

    private static void AccumulateGradients(LanguageModel model, IEnumerable<TokenBatch> batches, long counted)
    {
        foreach (var batch in batches)
        {
            using var scope = NewDisposeScope();
            (model.ComputeLosses(batch.Inputs, batch.Targets).sum() / counted).backward();
        }
    }
}
