using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Training;
using static TorchSharp.torch;
using Gradient = System.Action<TurkishLlm.Model.LanguageModel, System.Collections.Generic.IReadOnlyList<TurkishLlm.Training.TokenBatch>, long>;

namespace TurkishLlm.Spec.Training;

/// <summary>A step whose micro-batches do not fit into memory.</summary>
/// <param name="Step">The step; its rows count unequal numbers of targets.</param>
/// <param name="Fits">Most rows that fit.</param>
public sealed record CrowdedCase(AccumulationCase Step, int Fits)
{
    internal int LargestRows => Step.Rows.Max();

    /// <summary>Asks for more memory than any machine has when the rows of a micro-batch are too many; the first micro-batch of a step fits always.</summary>
    internal IEnumerable<TokenBatch> OrExhaust(IEnumerable<TokenBatch> microBatches) => microBatches.Select((batch, i) =>
    {
        if (i > 0 && batch.Inputs.shape[0] > Fits) empty([1L << 50], uint8).Dispose();
        return batch;
    });
}

/// <summary>Fewer rows at once: SAF-04.</summary>
public static class MicroBatchSpec
{
    private static readonly AccumulationCase Pairs = AccumulationSpec.P60_EqualsBigBatch.Canonical[2], Rising = AccumulationSpec.P60_EqualsBigBatch.Canonical[0];

    public static readonly Requirement<CrowdedCase, Gradient> SAF_04_SameGradient = new()
    {
        Id = "SAF-04",
        Statement = "A step that ran out of memory and went through in smaller parts leaves the gradient that the float64 oracle has for the whole: every row once, every counted target with the same weight.",
        Source = "Reference report, section 15: 32 × 2048 did not fit, 8 × 4 did; silent bugs ACC-01, ACC-05, ACC-06; TOL-MODEL",
        Canonical = [new(Pairs with { Rows = [3, 3] }, Fits: 2), new(Rising, Fits: 1), new(Pairs with { Rows = [1, 5] }, Fits: 2)],
        Subject = (c, _) => (model, batches, counted) => new MicroBatchLimit(c.LargestRows).Fit(rows =>
            AccumulatedGradient.Compute(model, c.OrExhaust(batches.SelectMany(batch => batch.Split(rows))), counted)),
        Holds = (gradient, c, at) => AccumulationSpec.WithModel(c.Step, at, (model, batches, expected) =>
        {
            gradient(model, batches, batches.Sum(batch => batch.CountedTargets));
            return AccumulationSpec.GradientsEqual(model.Parameters, expected, c.Step, at);
        }),
        Impostors = new Dictionary<string, Func<CrowdedCase, Conditions, Gradient>>
        {
            ["what the failed attempt left is kept"] = (c, _) => (model, batches, counted) =>
            {
                Add(model, [batches[0]], counted);
                foreach (var batch in batches) Add(model, batch.Split(c.Fits), counted);
            },
            ["the micro-batch that failed is dropped"] = (c, _) => (model, batches, counted) => Add(model, [.. batches.Where((batch, i) => i == 0 || batch.Inputs.shape[0] <= c.Fits)], counted),
            ["fewer rows, but not more often"] = (c, _) => (model, batches, counted) => Add(model, [.. batches.Select(batch => batch.Split(c.Fits).First())], counted),
            ["the mean of the parts' means"] = (c, _) => (model, batches, counted) =>
            {
                var parts = batches.SelectMany(batch => batch.Split(c.Fits)).ToList();
                foreach (var part in parts) Add(model, [part], part.CountedTargets * parts.Count);
            },
            ["the first rows of every part again"] = (c, _) => (model, batches, counted) =>
            {
                foreach (var batch in batches)
                    for (var part = 0; part < batch.Split(c.Fits).Count(); part++) Add(model, [batch.Split(c.Fits).First()], counted);
            },
        },
    };

    /// <summary>All of this area.</summary>
    public static IReadOnlyList<Requirement> All => [SAF_04_SameGradient];

    private static void Add(LanguageModel model, IEnumerable<TokenBatch> batches, long counted)
    {
        foreach (var batch in batches)
        {
            using var scope = NewDisposeScope();
            (model.Losses(batch.Inputs, batch.Targets).sum() / counted).backward();
        }
    }
}
