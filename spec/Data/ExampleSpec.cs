using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.Packing;
using TurkishLlm.Spec.Plans;

namespace TurkishLlm.Spec.Data;

/// <summary>Targets and rows of tokens with a loss mask.</summary>
public static class ExampleSpec
{
    /// <summary>The requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [Sft06_Targets, Sft13_PackedTargets, Sft18_Packing, Sft30_Epochs];

    /// <summary>Makes inputs and targets of an example.</summary>
    public static readonly Requirement<LossMaskCase, Shift> Sft06_Targets = MaskRequirements.Targets.For((_, _) => ShiftTokens);

    /// <summary>Writes several examples into a row.</summary>
    public static readonly Requirement<RowCase, WriteRow> Sft13_PackedTargets =
        RowRequirements.PackedTargets.For((_, _) => Write);

    /// <summary>Distributes examples over rows.</summary>
    public static readonly Requirement<PackingCase, PackRows> Sft18_Packing =
        PackingRequirements.Packing.For(
            (_, _) => RowPacking.PackBestFit, at => [new(97, at.Plan.Training.SequenceLength, 1)]);

    /// <summary>Makes for a seed and a number of rows the function from position to row.</summary>
    public static readonly Requirement<EpochCase, Func<long, int, Func<long, int>>> Sft30_Epochs = new()
    {
        Id = "SFT-30",
        Statement = "Every epoch reads every row once, in its own order, which depends on seed and epoch only and not on what "
            + "was read before.",
        Source = "P-COVER; BUG-DAT-13, BUG-CKP-05: the same order in every epoch, or another order after resuming",
        CanonicalCases =
        [
            new(37, 4), new(256, 2), new(5, 9), new(2, 40), new(7, 6) { FirstEpoch = 1L << 31 },
            new(7, 6) { FirstEpoch = (1L << 31) / 7 - 2 },
        ],
        PlanCases = EpochCase.FromPlan,
        Subject = (_, _) => (seed, rows) => new EpochShuffler(seed, rows).GetRow,
        Holds = (make, c, at) =>
        {
            var positions = Enumerable.Range(0, c.Rows * c.Epochs).Select(i => c.FirstEpoch * c.Rows + i).ToArray();
            var (forward, again) = (make(at.Seed, c.Rows), make(at.Seed, c.Rows));
            var read = positions.Select(forward).ToArray();
            var epochs = read.Chunk(c.Rows).ToArray();
            return Verdict.All(
            [
                Verdict.SameElements(read, [.. positions.Reverse().Select(again).Reverse()], "row if read in the opposite order"),
                .. epochs.Select(
                    (epoch, i) => Verdict.SameElements([.. Enumerable.Range(0, c.Rows)], [.. epoch.Order()], $"rows of epoch {i}")
                ),
                Verdict.AtLeast(
                    2,
                    epochs.Select(epoch => string.Join(' ', epoch)).Distinct().Count(),
                    "different orders of epochs"),
                Verdict.That(
                    !read.SequenceEqual(positions.Select(make(unchecked(at.Seed + 1), c.Rows))),
                    "the next seed gives another order"),
                Verdict.That(
                    c.FirstEpoch == 0 || !read.SequenceEqual(positions.Select(i => forward(i - positions[0]))),
                    "the orders are not those of the first epochs"),
                Verdict.That(
                    epochs.Any(epoch => !epoch.SequenceEqual(Enumerable.Range(0, c.Rows))), "an order is not that of the file"),
            ]);
        },
        Impostors = new()
        {
            ["draws with replacement"] = (_, _) => (seed, rows) => position =>
                (int)CounterRandom.GetInt64(seed, position / rows, (int)(position % rows), rows),
            ["the same order every epoch"] = (_, _) => (seed, rows) => position =>
                new EpochShuffler(seed, rows).GetRow(position % rows),
            ["the order of the file"] = (_, _) => (_, rows) => position => (int)(position % rows),
            ["forgets the seed"] = (_, _) => (_, rows) => new EpochShuffler(0, rows).GetRow,
            ["continues from the last request"] = (_, _) => (seed, rows) =>
            {
                var (order, asked) = (new EpochShuffler(seed, rows), 0L);
                return _ => order.GetRow(asked++);
            },
            ["skips the last row"] = (_, _) => (seed, rows) => position =>
                new EpochShuffler(seed, rows - 1).GetRow(position / rows * (rows - 1) + Math.Min(position % rows, rows - 2)),
        },
    };

    private static (long[] Inputs, long[] Targets) ShiftTokens(MaskedTokens tokens)
    {
        var example = Convert(tokens);
        var (inputs, targets) = (new long[example.Length], new long[example.Length]);
        example.Write(inputs, targets);
        return (inputs, targets);
    }

    private static (long[] Inputs, long[] Targets, long[] Starts) Write(IReadOnlyList<MaskedTokens> examples, int length)
    {
        var (inputs, targets, starts) = (new long[length], new long[length], new long[length]);
        PackedRow.Write([.. examples.Select(Convert)], inputs, targets, starts);
        return (inputs, targets, starts);
    }

    private static TokenizedExample Convert(MaskedTokens tokens) => new(tokens.Ids, [.. tokens.LossMask]);
}

/// <summary>Rows that are read repeatedly.</summary>
/// <param name="Rows">Number of rows.</param>
/// <param name="Epochs">Number of epochs.</param>
public sealed record EpochCase(int Rows, int Epochs)
{
    /// <summary>
    /// One row more than a step of the run has, and at least three epochs: enough for all of them to have the same order by
    /// chance only once in 10⁹.
    /// </summary>
    internal static IReadOnlyList<EpochCase> FromPlan(Conditions at)
    {
        var rows = at.Plan.Training.RowsPerStep + 1;
        var orders = Enumerable.Range(2, Math.Min(rows, 13) - 1).Aggregate(1.0, (product, i) => product * i);
        return [new(rows, Math.Max(3, 1 + (int)Math.Ceiling(Math.Log(1e9) / Math.Log(orders))))];
    }

    /// <summary>The first epoch, for positions beyond 2³¹.</summary>
    public long FirstEpoch { get; init; }
}
