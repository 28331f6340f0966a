using TurkishLlm.Data.Batches;
using TurkishLlm.Spec.Plans;

namespace TurkishLlm.Spec.Data;

/// <summary>Reads the windows of a shard.</summary>
public delegate IEnumerable<(long[] Inputs, long[] Targets)> ReadWindows(TokenShard shard, int length);

/// <summary>
/// The tokens that windows return: all of them, as often as they should, regardless of the order of the requests.
/// </summary>
public static class WindowSpec
{
    /// <summary>The requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [DAT09_Coverage, DAT13_Pure, DAT20_End, DAT30_Uniform, DAT31_LargeRanges];

    /// <summary>Returns the validation windows of a shard, each as inputs and targets.</summary>
    public static readonly Requirement<WindowCase, ReadWindows> DAT09_Coverage = new()
    {
        Id = "DAT-09",
        Statement = "Validation windows return every token but the first as a target exactly once, in order, across file borders "
            + "and to the last.",
        Source = "BUG-DAT-09, BUG-DAT-11, BUG-DAT-14, BUG-DAT-22: NVIDIA/Megatron-LM #1145; pytorch/pytorch #41329; llm.c "
            + "test_dataloader",
        CanonicalCases = [new(12, 5), new(1000, 64, Files: 3), new(65_536, 512, Files: 4)],
        PlanCases = WindowCase.FromPlan,
        Subject = (_, _) => Sequential,
        Holds = (deliver, c, _) => DeliversEveryTarget(deliver, c),
        Impostors = new()
        {
            ["drops the last partial window"] = (_, _) => (shard, length) =>
                ReadStrided(shard, length, from: 0, stride: length, end: shard.Count - length),
            ["skips a token between windows"] = (_, _) => (shard, length) =>
                ReadStrided(shard, length, 0, length + 1, shard.Count - 1),
            ["windows share a token"] = (_, _) => (shard, length) => ReadStrided(shard, length, 0, length - 1, shard.Count - 1),
            ["begins one token late"] = (_, _) => (shard, length) => ReadStrided(shard, length, 1, length, shard.Count - 1),
            ["two readers each return everything"] = (_, _) => (shard, length) =>
                [.. Sequential(shard, length), .. Sequential(shard, length)],
            ["draws with replacement"] = (_, at) => (shard, length) => Enumerable.Range(0, (int)((shard.Count - 1) / length))
                .Select(row => Read(shard, CounterRandom.GetInt64(at.Seed, 0, row, shard.Count - length), length)),
        },
    };

    /// <summary>Returns, for a seed, the function from step and row to a position in a range of 2⁶².</summary>
    public static readonly Requirement<WindowRows, Func<long, Func<long, int, long>>> DAT13_Pure = new()
    {
        Id = "DAT-13",
        Statement = "The start of a window depends on seed, step and row, on all three of them and on nothing else: not on what "
            + "was read before.",
        Source = "BUG-DAT-13, BUG-DAT-14, BUG-DAT-16: pytorch/pytorch #41329; huggingface/datasets #3423; jzhang38/TinyLlama #67",
        CanonicalCases = [new(Steps: 64, Rows: 32), new(Steps: 2, Rows: 1024), new(Steps: 2000, Rows: 2)],
        PlanCases = WindowRows.FromPlan,
        Subject = (_, _) => seed => (step, row) => CounterRandom.GetInt64(seed, step, row, Range),
        Holds = (make, c, at) =>
        {
            var asked = (
                from step in Enumerable.Range(0, c.Steps)
                from row in Enumerable.Range(0, c.Rows)
                select (step, row)).ToArray();
            var (position, again) = (make(at.Seed), make(at.Seed));
            var forward = asked.Select(to => position(to.step, to.row)).ToArray();
            var backward = asked.Reverse().Select(to => again(to.step, to.row)).Reverse().ToArray();
            var other = asked.Select(to => make(unchecked(at.Seed + 1))(to.step, to.row));
            return Verdict.All(
                Verdict.SameElements(forward, backward, "position if computed in the opposite order"),
                Verdict.Equal(asked.Length, forward.Distinct().Count(), "different positions"),
                Verdict.AtMost(0, forward.Intersect(other).Count(), "positions shared with the next seed"));
        },
        Impostors = new()
        {
            ["draws the next number of a stream"] = (_, _) => seed => new StatefulSampler(seed).Next,
            ["reads the same windows every step"] = (_, _) => seed => (_, row) => CounterRandom.GetInt64(seed, 0, row, Range),
            ["reads the same window in every row"] = (_, _) => seed => (step, _) => CounterRandom.GetInt64(seed, step, 0, Range),
            ["adds step and row"] = (_, _) => seed => (step, row) => CounterRandom.GetInt64(seed, step + row, 0, Range),
            ["adds seed and step"] = (_, _) => seed => (step, row) => CounterRandom.GetInt64(0, seed + step, row, Range),
            ["forgets the seed"] = (_, _) => _ => (step, row) => CounterRandom.GetInt64(0, step, row, Range),
        },
    };

    /// <summary>Returns the validation windows of a shard, as in <see cref="DAT09_Coverage"/>.</summary>
    public static readonly Requirement<WindowCase, ReadWindows> DAT20_End = new()
    {
        Id = "DAT-20",
        Statement = "A shard of exactly k·T + 1 tokens gives k windows of T, and its last token is the last target.",
        Source = "BUG-DAT-20 and BUG-DAT-22: Common off-by-one at the end of a token file",
        CanonicalCases = [new(6, 5), new(1025, 64, Files: 2), new(513, 512)],
        PlanCases = WindowCase.FromPlan,
        Subject = (_, _) => Sequential,
        Holds = (deliver, c, _) => DeliversEveryTarget(deliver, c),
        Impostors = new()
        {
            ["stops a window early"] = (_, _) => (shard, length) =>
                ReadStrided(shard, length, 0, length, shard.Count - length - 1),
            ["keeps a window without targets at the end"] = (_, _) => (shard, length) =>
                [.. Sequential(shard, length), ([shard.Count - 1], [])],
            ["reads zeros after the last token"] = (_, _) => (shard, length) => Sequential(shard, length)
                .Select(window => (window.Inputs, window.Targets.Select(id => id == shard.Count - 1 ? 0 : id).ToArray())),
        },
    };

    /// <summary>Returns the position of the window of a step and row in a shard.</summary>
    public static readonly Requirement<WindowCase, Func<TokenShard, int, long, int, long>> DAT30_Uniform = new()
    {
        Id = "DAT-30",
        Statement = "Training windows start equally often at every position where a whole window fits, including the first and "
            + "the last.",
        Source = "Lemire 2019, arXiv:1805.10941; P-COVER",
        CanonicalCases = [new(7, 5), new(13, 6), new(200, 100), new(400, 1)],
        Subject = (_, at) => (shard, length, step, row) => new WindowSampler(shard, length, at.Seed).GetPosition(step, row),
        Holds = (position, c, _) =>
        {
            using var shards = new TemporaryShards();
            using var shard = shards.WriteSequentialIds(c.Tokens);
            var counts = new long[c.Tokens - c.SequenceLength];
            var outside = 0L;
            for (var draw = 0; draw < 100 * counts.Length + 1000; draw++)
                if (position(shard, c.SequenceLength, draw / 16, draw % 16) is var at && at >= 0 && at < counts.Length)
                    counts[at]++;
                else outside++;
            return Verdict.All(
                Verdict.AtMost(0, outside, "windows that do not fit"),
                Verdict.AtLeast(1, Math.Min(counts[0], counts[^1]), "windows at the first and at the last position"),
                ChiSquare.Uniform(counts, "positions"));
        },
        Impostors = new()
        {
            ["never the last window"] = (_, at) => (shard, length, step, row) =>
                CounterRandom.GetInt64(at.Seed, step, row, shard.Count - length - 1),
            ["a window that runs past the end"] = (_, at) => (shard, length, step, row) =>
                CounterRandom.GetInt64(at.Seed, step, row, shard.Count - length + 1),
            ["never the first window"] = (_, at) => (shard, length, step, row) =>
                1 + CounterRandom.GetInt64(at.Seed, step, row, shard.Count - length - 1),
            ["mean of two draws"] = (_, at) => (shard, length, step, row) =>
                (
                    CounterRandom.GetInt64(at.Seed, step, row, shard.Count - length)
                    + CounterRandom.GetInt64(~at.Seed, step, row, shard.Count - length)) / 2,
        },
    };

    /// <summary>Draws a position in a range from seed, step and row.</summary>
    public static readonly Requirement<LargeRange, Func<long, long, int, long, long>> DAT31_LargeRanges = new()
    {
        Id = "DAT-31",
        Statement = "Positions are equally likely also in ranges that do not divide 2⁶⁴, however large.",
        Source = "Lemire 2019, arXiv:1805.10941",
        CanonicalCases = [new(3, 61), new(5, 60), new(7, 60)],
        Subject = (_, _) => CounterRandom.GetInt64,
        Holds = (draw, c, at) =>
        {
            var (tenths, remainders) = (new long[10], new long[c.Odd]);
            for (var i = 0; i < 20_000; i++)
            {
                var position = draw(at.Seed, i / 8, i % 8, c.Size);
                tenths[(int)((Int128)position * 10 / c.Size)]++;
                remainders[position % c.Odd]++;
            }
            return Verdict.All(ChiSquare.Uniform(tenths, "tenths of the range"), ChiSquare.Uniform(remainders, "remainders"));
        },
        Impostors = new()
        {
            ["takes the remainder"] = (_, _) => (seed, step, row, range) => (long)(Bits(seed, step, row) % (ulong)range),
            ["scales without drawing again"] = (_, _) => (seed, step, row, range) =>
                (long)Math.BigMul(Bits(seed, step, row), (ulong)range, out _),
            ["draws only 32 bits"] = (_, _) => (seed, step, row, range) => (long)(Bits(seed, step, row) >> 32) % range,
            ["takes the remainder of a positive half"] = (_, _) => (seed, step, row, range) =>
                (long)(Bits(seed, step, row) >> 1) % range,
        },
    };

    private const long Range = 1L << 62;

    // All 64 bits, from two draws of 32.
    private static ulong Bits(long seed, long step, int row) =>
        (ulong)CounterRandom.GetInt64(seed, step, 2 * row, 1L << 32) << 32
        | (ulong)CounterRandom.GetInt64(seed, step, 2 * row + 1, 1L << 32);

    private static Verdict DeliversEveryTarget(ReadWindows deliver, WindowCase c)
    {
        using var shards = new TemporaryShards();
        using var shard = shards.WriteSequentialIds(c.Tokens, c.Files);
        var windows = deliver(shard, c.SequenceLength).ToArray();
        return Verdict.All(
            Verdict.SameElements(
                [.. Enumerable.Range(1, c.Tokens - 1).Select(i => (long)i)],
                [.. windows.SelectMany(window => window.Targets)],
                "targets"),
            Verdict.SameElements(
                [.. Enumerable.Range(0, c.Tokens - 1).Select(i => (long)i)],
                [.. windows.SelectMany(window => window.Inputs)],
                "inputs"));
    }

    private static IEnumerable<(long[] Inputs, long[] Targets)> Sequential(TokenShard shard, int length)
    {
        var windows = new SequentialWindows(shard, length);
        for (long index = 0; index < windows.Count; index++)
        {
            var (inputs, targets) = (new long[length], new long[length]);
            var filled = windows.Read(index, inputs, targets);
            yield return (inputs[..filled], targets[..filled]);
        }
    }

    private static IEnumerable<(long[] Inputs, long[] Targets)> ReadStrided(
        TokenShard shard, int length, long from, int stride, long end)
    {
        for (var position = from; position < end; position += stride)
            yield return Read(shard, position, (int)Math.Min(length, shard.Count - 1 - position));
    }

    private static (long[] Inputs, long[] Targets) Read(TokenShard shard, long position, int length)
    {
        var tokens = ShardBytes.Read(shard.Paths, position, length + 1);
        return (tokens[..^1], tokens[1..]);
    }

    private sealed class StatefulSampler(long seed)
    {
        private int _drawn;

        public long Next(long step, int row) => CounterRandom.GetInt64(seed, 0, _drawn++, Range);
    }
}

/// <summary>A shard and a length of windows.</summary>
/// <param name="Tokens">Tokens of the shard.</param>
/// <param name="SequenceLength">Inputs of a window.</param>
/// <param name="Files">Number of files.</param>
public sealed record WindowCase(int Tokens, int SequenceLength, int Files = 1)
{
    /// <summary>Windows of the run's length, with a remainder, in three files.</summary>
    internal static IReadOnlyList<WindowCase> FromPlan(Conditions at) =>
        [new(5 * at.Plan.Training.SequenceLength + 2, at.Plan.Training.SequenceLength, Files: 3)];
}

/// <summary>
/// A number of positions, <paramref name="Odd"/> · 2^<paramref name="PowerOfTwo"/>: 2⁶⁴ draws cannot be divided equally among
/// them.
/// </summary>
/// <param name="Odd">The odd factor.</param>
/// <param name="PowerOfTwo">The exponent of two.</param>
public sealed record LargeRange(int Odd, int PowerOfTwo)
{
    /// <summary>The number.</summary>
    public long Size => (long)Odd << PowerOfTwo;
}
