using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Packing;
using TurkishLlm.Spec.Plans;

namespace TurkishLlm.Spec.Data;

/// <summary>Rows that are shuffled often.</summary>
/// <param name="Rows">Number of rows; all their orders are counted.</param>
/// <param name="BySeed">True to vary the seed, false to vary the epoch.</param>
/// <param name="FirstEpoch">The first epoch.</param>
public sealed record ShuffleCase(int Rows, bool BySeed = false, long FirstEpoch = 0);

/// <summary>Every order of the rows of an epoch is equally likely.</summary>
public static class ShuffleSpec
{
    /// <summary>The requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [Sft35_UniformOrders];

    /// <summary>Makes for a seed and a number of rows the function from position to row.</summary>
    public static readonly Requirement<ShuffleCase, Func<long, int, Func<long, int>>> Sft35_UniformOrders = new()
    {
        Id = "SFT-35",
        Statement = "All orders of the rows of an epoch are equally likely, over epochs and over seeds, also beyond 2³¹ rows.",
        Source = "BUG-DAT-25; Fisher and Yates 1938; Durstenfeld 1964, algorithm 235",
        CanonicalCases =
        [
            new(2), new(3), new(4), new(3, BySeed: true), new(4, BySeed: true), new(3, FirstEpoch: (1L << 31) / 3 - 50),
            new(4, FirstEpoch: (1L << 33) + 1),
        ],
        Subject = (_, _) => (seed, rows) => new EpochShuffler(seed, rows).GetRow,
        Holds = (make, c, at) =>
        {
            var counts = new long[Enumerable.Range(1, c.Rows).Aggregate(1, (product, n) => product * n)];
            var invalid = 0L;
            var (row, digits) = (make(at.Seed, c.Rows), new int[c.Rows]);
            for (var draw = 0; draw < Epochs; draw++)
            {
                if (c.BySeed) row = make(unchecked(at.Seed + draw), c.Rows);
                var first = (c.FirstEpoch + (c.BySeed ? 0 : draw)) * c.Rows;
                for (var i = 0; i < c.Rows; i++) digits[i] = row(first + i);
                if (GetRank(digits) is >= 0 and var rank) counts[rank]++;
                else invalid++;
            }
            return Verdict.All(
                Verdict.AtMost(0, invalid, "epochs without every row once"), ChiSquare.Uniform(counts, "orders"));
        },
        Impostors = new()
        {
            ["every place is swapped with any place"] = (_, _) => (seed, rows) => Shuffled(rows, (epoch, order) =>
            {
                for (var i = 0; i < rows; i++) Swap(order, i, (int)CounterRandom.GetInt64(seed, epoch, i, rows));
                // With two rows any place is as good; one in four stays as it is.
                if (rows == 2 && CounterRandom.GetInt64(seed, epoch, 9, 4) == 0) Array.Sort(order);
            }),
            ["no row stays at its place"] = (_, _) => (seed, rows) => Shuffled(rows, (epoch, order) =>
            {
                for (var i = rows - 1; i > 0; i--) Swap(order, i, (int)CounterRandom.GetInt64(seed, epoch, i, i));
            }),
            ["the first row stays"] = (_, _) => (seed, rows) => Shuffled(rows, (epoch, order) =>
            {
                for (var i = rows - 1; i > 1; i--) Swap(order, i, 1 + (int)CounterRandom.GetInt64(seed, epoch, i, i));
            }),
            ["rotated"] = (_, _) => (seed, rows) => Shuffled(rows, (epoch, order) =>
            {
                var by = (int)CounterRandom.GetInt64(seed, epoch, 0, rows + (rows == 2 ? 1 : 0));
                for (var i = 0; i < rows; i++) order[i] = (i + by) % rows;
            }),
            ["one number for all places"] = (_, _) => (seed, rows) => Shuffled(rows, (epoch, order) =>
            {
                var drawn = CounterRandom.GetInt64(seed, epoch, 0, 5);
                for (var i = rows - 1; i > 0; i--) Swap(order, i, (int)(drawn % (i + 1)));
            }),
        },
    };

    // Enough for the smallest bias: 4/27 or 5/27 in place of 1/6, when three places are swapped with any place.
    private const int Epochs = 12_000;

    private static int GetRank(int[] order)
    {
        var rank = 0;
        for (var i = 0; i < order.Length; i++)
        {
            if (order[i] < 0 || order[i] >= order.Length || Array.IndexOf(order, order[i]) < i) return -1;
            rank *= order.Length - i;
            for (var j = i + 1; j < order.Length; j++)
                if (order[j] < order[i]) rank++;
        }
        return rank;
    }

    private static Func<long, int> Shuffled(int rows, Action<long, int[]> shuffle)
    {
        var (last, order) = (-1L, Array.Empty<int>());
        return position =>
        {
            if (position / rows != last)
            {
                (last, order) = (position / rows, [.. Enumerable.Range(0, rows)]);
                shuffle(last, order);
            }
            return order[(int)(position % rows)];
        };
    }

    private static void Swap(int[] order, int i, int j) => (order[i], order[j]) = (order[j], order[i]);
}
