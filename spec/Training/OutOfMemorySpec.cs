using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Optimization;
using TurkishLlm.Training.Safety;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>Computes the gradient of a step, in the weights.</summary>
public delegate void ComputeGradients(LanguageModel model, IReadOnlyList<TokenBatch> microBatches, long lossTerms);

/// <summary>A step with micro-batches that do not fit into memory.</summary>
/// <param name="Step">The step; its rows have unequal numbers of targets.</param>
/// <param name="MaxRows">Maximum number of rows that fit.</param>
public sealed record OutOfMemoryCase(AccumulationCase Step, int MaxRows)
{
    internal int LargestRows => Step.RowsPerMicroBatch.Max();

    /// <summary>
    /// Allocates more memory than any machine has if a micro-batch has too many rows; the first micro-batch of a step always
    /// fits.
    /// </summary>
    internal IEnumerable<TokenBatch> ThrowIfTooLarge(IEnumerable<TokenBatch> microBatches) => microBatches.Select((batch, i) =>
    {
        if (i > 0 && batch.Inputs.shape[0] > MaxRows) empty([1L << 50], uint8).Dispose();
        return batch;
    });
}

/// <summary>Smaller micro-batches after running out of memory: SAF-04.</summary>
public static class OutOfMemorySpec
{
    private static readonly AccumulationCase EvenRows = AccumulationSpec.P60_EqualsBigBatch.CanonicalCases[2],
        IncreasingRows = AccumulationSpec.P60_EqualsBigBatch.CanonicalCases[0];

    public static readonly Requirement<OutOfMemoryCase, ComputeGradients> SAF_04_SameGradient = new()
    {
        Id = "SAF-04",
        Statement = "A step that ran out of memory and was repeated in smaller micro-batches gives the gradient of the float64 "
            + "oracle for the whole batch: every row once, every counted target with the same weight.",
        Source = "Reference report, section 15: 32 × 2048 did not fit, 8 × 4 did; BUG-ACC-01, BUG-ACC-05, BUG-ACC-06; TOL-MODEL",
        CanonicalCases =
        [
            new(EvenRows with { RowsPerMicroBatch = [3, 3] }, MaxRows: 2),
            new(IncreasingRows, MaxRows: 1),
            new(EvenRows with { RowsPerMicroBatch = [1, 5] }, MaxRows: 2),
            new(AccumulationSpec.P60_EqualsBigBatch.CanonicalCases[3] with { RowsPerMicroBatch = [1, 3] }, MaxRows: 2),
        ],
        Subject = (c, _) => (model, batches, counted) => new MicroBatchLimit(c.LargestRows).RunUntilFits(rows =>
            GradientAccumulation.Compute(model, c.ThrowIfTooLarge(batches.SelectMany(batch => batch.Split(rows))), counted)),
        Holds = (gradient, c, at) => AccumulationSpec.WithModel(c.Step, at, (model, batches, expected) =>
        {
            gradient(model, batches, batches.Sum(batch => batch.LossTerms));
            return AccumulationSpec.GradientsEqual(model.Parameters, expected, c.Step, at);
        }),
        Impostors = new()
        {
            ["the gradient of the failed attempt is kept"] = (c, _) => (model, batches, counted) =>
            {
                AccumulateGradients(model, [batches[0]], counted);
                foreach (var batch in batches) AccumulateGradients(model, batch.Split(c.MaxRows), counted);
            },
            ["the failed micro-batch is dropped"] = (c, _) =>
                (model, batches, counted) =>
                    AccumulateGradients(
                        model,
                        [.. batches.Where((batch, i) => i == 0 || batch.Inputs.shape[0] <= c.MaxRows)],
                        counted),
            ["fewer rows, but not more micro-batches"] = (c, _) => (model, batches, counted) =>
                AccumulateGradients(model, [.. batches.Select(batch => batch.Split(c.MaxRows).First())], counted),
            ["the mean of the parts' means"] = (c, _) => (model, batches, counted) =>
            {
                var parts = batches.SelectMany(batch => batch.Split(c.MaxRows)).ToList();
                foreach (var part in parts) AccumulateGradients(model, [part], part.LossTerms * parts.Count);
            },
            ["the first rows are used for every part"] = (c, _) => (model, batches, counted) =>
            {
                foreach (var batch in batches)
                    for (var part = 0; part < batch.Split(c.MaxRows).Count(); part++)
                        AccumulateGradients(model, [batch.Split(c.MaxRows).First()], counted);
            },
        },
    };

    /// <summary>All requirements of this class.</summary>
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
