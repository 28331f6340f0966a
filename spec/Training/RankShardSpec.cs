using TurkishLlm.Plans;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training.Distributed;
using TurkishLlm.Training.Objectives;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>Returns the rows of a step that one process computes, by micro-batch.</summary>
public delegate IReadOnlyList<IGrouping<int, int>> AssignRows(BatchingPlan batching, int rank, int size);

/// <summary>A step and the number of processes that share it.</summary>
/// <param name="BatchSize">Rows of a micro-batch of a single process.</param>
/// <param name="Accumulation">Micro-batches of a step.</param>
/// <param name="Processes">Processes.</param>
public sealed record RankShardCase(int BatchSize, int Accumulation, int Processes)
{
    internal BatchingPlan Batching => new(Steps: 1, BatchSize, SequenceLength: 1, Accumulation);

    internal int RowsPerStep => BatchSize * Accumulation;
}

/// <summary>Micro-batches of several steps.</summary>
/// <param name="Steps">Steps.</param>
/// <param name="Rows">Micro-batches of a step, of one row each.</param>
public sealed record RandomnessCase(int Steps, int Rows);

/// <summary>Rows and random numbers of a process: RNK-01, RNK-05.</summary>
public static class RankShardSpec
{
    public static readonly Requirement<RankShardCase, AssignRows> RNK_01_EveryRowOnce = new()
    {
        Id = "RNK-01",
        Statement = "Together the processes read every row of the step once, in equal shares, in micro-batches no larger than "
            + "the plan's, and in the same micro-batches as a single process if their number is divisible.",
        Source = "BUG-DAT-11, BUG-DAT-13, BUG-OPT-04; probe P-COVER over ranks",
        CanonicalCases = [new(2, 4, 2), new(8, 1, 2), new(3, 4, 6), new(6, 3, 2)],
        Subject = (_, _) => (loop, rank, size) => Rows(RankShard.Create(loop, rank, size)),
        Holds = (share, c, _) =>
        {
            var ranks = Enumerable.Range(0, c.Processes).Select(rank => share(c.Batching, rank, c.Processes)).ToList();
            var all = ranks.SelectMany(batches => batches.SelectMany(rows => rows)).Order().ToList();
            var verdict = Verdict.All(
                Verdict.SameElements([.. Enumerable.Range(0, c.RowsPerStep)], all, "rows of all processes"),
                Verdict.SameElements(
                    [.. ranks.Select(_ => c.RowsPerStep / c.Processes)],
                    [.. ranks.Select(batches => batches.Sum(rows => rows.Count()))],
                    "rows of a process"),
                Verdict.AtMost(
                    c.BatchSize,
                    ranks.SelectMany(batches => batches).Max(rows => rows.Count()),
                    "rows of the largest micro-batch"));
            return c.Accumulation % c.Processes != 0 ? verdict : Verdict.All(verdict, Verdict.SameElements(
                [.. Enumerable.Range(0, c.Accumulation).Select(micro => micro * c.BatchSize)],
                [.. ranks.SelectMany(batches => batches.Select(rows => rows.Key))],
                "first rows of micro-batches"));
        },
        Impostors = new()
        {
            ["every process reads the same rows"] = (_, _) => (loop, _, size) => Rows(RankShard.Create(loop, 0, size)),
            ["every process reads the whole step"] = (_, _) => (loop, _, _) => Rows(RankShard.Create(loop, 0, 1)),
            ["the step grows with the processes"] = (_, _) => (loop, rank, _) =>
                Rows(RankShard.Create(loop, 0, 1) with { FirstRow = rank * loop.MicroBatchSize * loop.AccumulationSteps }),
            ["shares overlap by a row"] = (_, _) =>
                (loop, rank, size) =>
                    Rows(
                        RankShard.Create(loop, rank, size) is var share && rank > 0
                            ? share with
                            {
                                FirstRow = share.FirstRow - 1,
                            }
                            : share),
            ["rows are counted from one"] = (_, _) => (loop, rank, size) =>
                Rows(RankShard.Create(loop, rank, size) is var share ? share with { FirstRow = share.FirstRow + 1 } : share),
            ["the last process has no rows"] = (_, _) => (loop, rank, size) =>
                rank == size - 1 ? [] : Rows(RankShard.Create(loop, rank, size)),
        },
    };

    public static readonly Requirement<RandomnessCase, Action<long, long, int>> RNK_05_Randomness = new()
    {
        Id = "RNK-05",
        Statement = "The random numbers of a micro-batch depend on seed, step and its first row, on all three of them and on "
            + "nothing else: they are the same in any process, and differ from those of any other micro-batch.",
        Source = "BUG-DAT-13, BUG-CKP-04: ranks that share one random seed drop the same activations",
        CanonicalCases = [new(Steps: 4, Rows: 5), new(Steps: 2, Rows: 12)],
        Subject = (_, _) => StepRandomness.SeedGenerators,
        Holds = (begin, c, at) =>
        {
            var batches = (
                from seed in new[] { at.Seed, at.Seed + 1 }
                from step in Enumerable.Range(1, c.Steps)
                from row in Enumerable.Range(0, c.Rows)
                select (seed, step, row)).ToList();
            var forward = batches.Select(Draw).ToList();
            var backward = batches.AsEnumerable().Reverse().Select(Draw).Reverse().ToList();
            return Verdict.All(
                Verdict.SameElements(forward, backward, "draws in the opposite order"),
                Verdict.Equal(batches.Count, forward.Distinct().Count(), "different draws"));

            string Draw((long Seed, int Step, int Row) batch)
            {
                begin(batch.Seed, batch.Step, batch.Row);
                using var drawn = empty([4], device: at.Device).uniform_(0, 1);
                return string.Join(' ', drawn.Doubles());
            }
        },
        Impostors = new()
        {
            ["all micro-batches of a step have the same random numbers"] = (_, _) => (seed, step, _) =>
                StepRandomness.SeedGenerators(seed, step, 0),
            ["all steps have the same random numbers"] = (_, _) => (seed, _, row) => StepRandomness.SeedGenerators(seed, 0, row),
            ["forgets the seed"] = (_, _) => (_, step, row) => StepRandomness.SeedGenerators(0, step, row),
            ["adds step and row"] = (_, _) => (seed, step, row) => StepRandomness.SeedGenerators(seed, step + row, 0),
            ["draws the next numbers of a stream"] = (_, _) => (_, _, _) => { },
        },
    };

    public static IReadOnlyList<Requirement> All => [RNK_01_EveryRowOnce, RNK_05_Randomness];

    // Micro-batches by their first row.
    private static List<IGrouping<int, int>> Rows(RankShard share) =>
        [
            .. share
                .MicroBatchFirstRows.SelectMany(first =>
                    Enumerable.Range(first, share.MicroBatchSize).Select(row => (first, row)))
                .GroupBy(pair => pair.first, pair => pair.row),
        ];
}
