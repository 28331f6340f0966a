using FsCheck;
using FsCheck.Fluent;
using TurkishLlm.Spec.Model;
using TurkishLlm.Spec.Training;
using TurkishLlm.Specification.LanguageModels.Functions;

namespace TurkishLlm.Tests.Property;

/// <summary>
/// Random cases of the model's requirements. Small, and each knows how to become smaller, but not below two heads, four
/// positions and, for whole models, a width of 24, where TOL-MODEL ends.
/// </summary>
internal static class ModelArbitraries
{
    public static Arbitrary<LayerCase> Layer { get; } = Arb.From(
        from batch in Gen.Choose(1, 3)
        from time in Gen.Choose(4, 24)
        from keyValueHeads in Gen.Elements(1, 2, 3)
        from sharing in keyValueHeads == 1 ? Gen.Elements(2, 4) : Gen.Elements(1, 2, 4)
        from headSize in Gen.Elements(4, 6, 10)
        from inner in Gen.Choose(8, 40)
        select new LayerCase(batch, time, keyValueHeads * sharing, keyValueHeads, headSize, inner),
        Shrink);

    public static Arbitrary<ModelCase> Model { get; } = Arb.From(
        from batch in Gen.Choose(1, 3)
        from time in Gen.Choose(4, 16)
        from layers in Gen.Choose(1, 3)
        from keyValueHeads in Gen.Elements(1, 2, 3)
        from sharing in keyValueHeads == 1 ? Gen.Elements(2, 4) : Gen.Elements(1, 2, 4)
        from headSize in Gen.Elements(12, 16)
        from inner in Gen.Choose(8, 40)
        from tied in Gen.Elements(true, false)
        from vocabulary in Gen.Choose(272, 300)
        select new ModelCase(
            keyValueHeads * sharing * headSize, layers, keyValueHeads * sharing, keyValueHeads, inner, batch, time, tied,
            vocabulary),
        Shrink);

    public static Arbitrary<NormCase> Norm { get; } = Arb.From(
        from batch in Gen.Choose(1, 3)
        from time in Gen.Choose(2, 9)
        from width in Gen.Choose(1, 70)
        from scale in Gen.Elements(1e-4, 1e-2, 1.0, 1e3)
        select new NormCase(batch, time, width, scale),
        c =>
            [
                .. Halves(c.Batch, 1).Select(n => c with { Batch = n }),
                .. Halves(c.Time, 2).Select(n => c with { Time = n }),
                .. Halves(c.Width, 1).Select(n => c with { Width = n }),
            ]);

    public static Arbitrary<BiasCase> Bias { get; } = Arb.From(
        from heads in Gen.Choose(1, 20)
        from queries in Gen.Choose(1, 40)
        from earlier in Gen.Choose(0, 40)
        select new BiasCase(heads, queries, queries + earlier),
        c =>
            [
                .. Halves(c.Heads, 1).Select(n => c with { Heads = n }),
                .. Halves(c.Queries, 1).Select(n => c with { Queries = n }),
                .. Halves(c.Keys, c.Queries).Select(n => c with { Keys = n }),
            ]);

    public static Arbitrary<LossCase> Loss { get; } = Arb.From(
        from batch in Gen.Choose(1, 4)
        from time in Gen.Choose(2, 12)
        from vocabulary in Gen.Choose(2, 400)
        from scale in Gen.Elements(0.01, 1, 20, 3000)
        select new LossCase(batch, time, vocabulary, scale),
        c =>
            [
                .. Halves(c.Batch, 1).Select(n => c with { Batch = n }),
                .. Halves(c.Time, 2).Select(n => c with { Time = n }),
                .. Halves(c.Vocabulary, 2).Select(n => c with { Vocabulary = n }),
            ]);

    public static Arbitrary<AccumulationCase> Accumulation { get; } = Arb.From(
        from rows in Gen.NonEmptyListOf(Gen.Choose(1, 3))
        from time in Gen.Choose(4, 12)
        let parts = rows.Take(4).ToArray()
        select new AccumulationCase(new ModelCase(24, 2, 4, 2, 20, parts.Sum(), time), parts),
        c => [.. Enumerable.Range(0, c.RowsPerMicroBatch.Count).Where(_ => c.RowsPerMicroBatch.Count > 1).Select(skipped =>
        {
            var fewer = c.RowsPerMicroBatch.Where((_, i) => i != skipped).ToArray();
            return new AccumulationCase(c.Model with { Batch = fewer.Sum() }, fewer);
        })]);

    public static Arbitrary<RankShardCase> Shares { get; } = Arb.From(
        from processes in Gen.Choose(1, 6)
        from batch in Gen.Choose(1, 12)
        from accumulation in Gen.Choose(1, 12)
        where batch * accumulation % processes == 0
        select new RankShardCase(batch, accumulation, processes),
        c =>
            [
                .. Enumerable
                    .Range(1, c.Processes - 1)
                    .Where(n => c.BatchSize * c.Accumulation % n == 0)
                    .Select(n => c with { Processes = n }),
            ]);

    public static Arbitrary<ParallelCase> Processes { get; } = Arb.From(
        from step in Accumulation.Generator
        where step.RowsPerMicroBatch.Count > 1
        from first in Gen.Choose(1, step.RowsPerMicroBatch.Count - 1)
        select new ParallelCase(step, first, step.RowsPerMicroBatch.Count - first));

    public static Arbitrary<ChunkedForwardCase> Chunks { get; } =
        Arb.From(from model in Model.Generator from chunk in Gen.Choose(1, 8) select new ChunkedForwardCase(chunk, model), c =>
            [
                .. Shrink(c.Model).Select(model => c with { Model = model }),
                .. Halves(c.ChunkLength, 1).Select(n => c with { ChunkLength = n }),
            ]);

    private static IEnumerable<LayerCase> Shrink(LayerCase c) =>
    [
        .. Halves(c.Batch, 1).Select(n => c with { Batch = n }), .. Halves(c.Time, 4).Select(n => c with { Time = n }),
        .. Halves(c.HeadSize, 4).Select(n => c with { HeadSize = n }), .. Halves(c.Inner, 8).Select(n => c with { Inner = n }),
        .. c.Heads > c.KeyValueHeads && c.KeyValueHeads > 1 ? [c with { Heads = c.KeyValueHeads }] : Array.Empty<LayerCase>(),
    ];

    private static IEnumerable<ModelCase> Shrink(ModelCase c) =>
    [
        .. Halves(c.Batch, 1).Select(n => c with { Batch = n }), .. Halves(c.Time, 4).Select(n => c with { Time = n }),
        .. Halves(c.Layers, 1).Select(n => c with { Layers = n }), .. Halves(c.Inner, 8).Select(n => c with { Inner = n }),
    ];

    private static IEnumerable<int> Halves(int value, int least)
    {
        if (value > least) yield return least;
        if (value / 2 > least) yield return value / 2;
        if (value - 1 > least) yield return value - 1;
    }
}
