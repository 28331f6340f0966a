using System.Globalization;
using TurkishLlm.Data.Batches;
using TurkishLlm.Spec.Plans;

namespace TurkishLlm.Spec.Data;

/// <summary>A shard with positions beyond a power of two.</summary>
/// <param name="Bits">The shard has 1.5 · 2^Bits tokens and a few more.</param>
/// <param name="SequenceLength">Inputs of a window.</param>
/// <param name="Files">Number of files.</param>
public sealed record LongShardCase(int Bits, int SequenceLength, int Files = 1)
{
    internal long Limit => 1L << Bits;

    internal long Tokens => Limit + Limit / 2 + 77;
}

/// <summary>The readers of the windows of a shard.</summary>
/// <param name="GetPosition">Returns the position of the random window of a step and row.</param>
/// <param name="ReadRandom">Reads the random window of a step and row: its inputs and its last target.</param>
/// <param name="ReadExample">Reads the same window as an example of fine-tuning.</param>
/// <param name="CountSequential">Returns the number of sequential windows.</param>
/// <param name="ReadSequential">Reads the sequential window of an index: its inputs and its last target.</param>
public sealed record LongShardReaders(
    Func<long, int, long> GetPosition, Func<long, int, long[]> ReadRandom, Func<long, int, long[]> ReadExample,
    Func<long> CountSequential, Func<long, long[]> ReadSequential);

/// <summary>Windows of shards that are longer than 16, 31 or 32 bits can count.</summary>
public static class LongShardSpec
{
    /// <summary>The requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [DAT45_LongShards];

    /// <summary>Opens the readers of a shard for a sequence length.</summary>
    public static readonly Requirement<LongShardCase, Func<TokenShard, LongShardReaders>> DAT45_LongShards = new()
    {
        Id = "DAT-45",
        Statement = "In a shard longer than 2¹⁶ or 2³¹ tokens or 2³² bytes, in one file or several, random windows start "
            + "equally often in every part of it, and every window, the first, the last and those at these limits, has the "
            + "tokens of its own position, also as an example of fine-tuning.",
        Source = "BUG-DAT-23; P-COVER",
        CanonicalCases = [new(16, 100), new(31, 33), new(31, 64, Files: 3), new(32, 7)],
        Subject = (c, at) => shard => Open(shard, c, at),
        Holds = (open, c, at) =>
        {
            using var sparse = new SparseShard(c.Tokens, c.Files);
            var readers = open(sparse.Shard);
            return Verdict.All(
            [
                CheckSpread(readers, c),
                Verdict.Equal((c.Tokens - 1 + c.SequenceLength - 1) / c.SequenceLength, readers.CountSequential(), "windows"),
                .. CheckRandom(readers, sparse, c, at),
                .. CheckSequential(readers, sparse, c),
            ]);
        },
        Impostors = new()
        {
            ["positions of random windows wrap"] = With((readers, c, _) => readers with
            {
                GetPosition = (step, row) => readers.GetPosition(step, row) % c.Limit,
            }),
            ["random windows are drawn from the beginning only"] = (c, at) => shard => Open(shard, c, at) with
            {
                GetPosition = (step, row) => CounterRandom.GetInt64(at.Seed, step, row, c.Limit - c.SequenceLength),
            },
            ["random windows are read where the position wraps"] = With((readers, c, shard) => readers with
            {
                ReadRandom = (step, row) => Wrapped(shard, readers.GetPosition(step, row), c),
            }),
            ["examples are read where the position wraps"] = With((readers, c, shard) => readers with
            {
                ReadExample = (step, row) => Wrapped(shard, readers.GetPosition(step, row), c),
            }),
            ["sequential windows wrap"] = With((readers, c, shard) => readers with
            {
                ReadSequential = index => Wrapped(shard, index * c.SequenceLength, c),
            }),
            ["the number of sequential windows wraps"] = With((readers, c, _) => readers with
            {
                CountSequential = () => readers.CountSequential() % (c.Limit / c.SequenceLength),
            }),
            ["the last window ends too early"] = With((readers, c, _) => readers with
            {
                ReadSequential = index =>
                    index < readers.CountSequential() - 1 ? readers.ReadSequential(index) : readers.ReadSequential(index)[..^1],
            }),
        },
    };

    private const int Draws = 2000;

    private static LongShardReaders Open(TokenShard shard, LongShardCase c, Conditions at)
    {
        var (sampler, windows) = (
            new WindowSampler(shard, c.SequenceLength, at.Seed), new SequentialWindows(shard, c.SequenceLength));
        return new(
            sampler.GetPosition,
            (step, row) => Join((inputs, targets) =>
            {
                sampler.Prefetch(step, row, rowCount: 1);
                sampler.Read(step, row, inputs, targets);
                return inputs.Length;
            }),
            (step, row) => [.. sampler.ReadExample(step, row).Ids.Select(id => (long)id)],
            () => windows.Count,
            index => Join((inputs, targets) => windows.Read(index, inputs, targets)));

        long[] Join(Func<long[], long[], int> read)
        {
            var (inputs, targets) = (new long[c.SequenceLength], new long[c.SequenceLength]);
            var filled = read(inputs, targets);
            return [.. inputs[..filled], targets[filled - 1]];
        }
    }

    private static Verdict CheckSpread(LongShardReaders readers, LongShardCase c)
    {
        var (parts, outside) = (new long[12], 0L);
        for (var draw = 0; draw < Draws; draw++)
            if (readers.GetPosition(draw / 8, draw % 8) is var position
                && position >= 0 && position <= c.Tokens - c.SequenceLength - 1)
                parts[(int)((Int128)position * parts.Length / c.Tokens)]++;
            else outside++;
        return Verdict.All(Verdict.AtMost(0, outside, "windows that do not fit"), ChiSquare.Uniform(parts, "parts of the shard"));
    }

    // Reads the windows of some rows anywhere and of two rows beyond the limit.
    private static IEnumerable<Verdict> CheckRandom(LongShardReaders readers, SparseShard sparse, LongShardCase c, Conditions at)
    {
        var rows = Enumerable.Range(0, Draws).Select(draw => (Step: (long)(draw / 8), Row: draw % 8)).ToArray();
        var beyond = rows.Where(row => Position(row) >= c.Limit).Take(2);
        foreach (var (step, row) in rows.Take(4).Concat(beyond))
        {
            var tokens = sparse.Fill(Position((step, row)), c.SequenceLength + 1);
            yield return Verdict.SameElements(tokens, readers.ReadRandom(step, row), "tokens of a random window");
            yield return Verdict.SameElements(tokens, readers.ReadExample(step, row), "tokens of an example");
        }

        long Position((long Step, int Row) row) =>
            CounterRandom.GetInt64(at.Seed, row.Step, row.Row, c.Tokens - c.SequenceLength);
    }

    private static IEnumerable<Verdict> CheckSequential(LongShardReaders readers, SparseShard sparse, LongShardCase c)
    {
        var last = (c.Tokens - 2) / c.SequenceLength;
        long[] limits =
        [
            1 << 15, 1 << 16, 1L << 30, 1L << 31, 1L << 32,
            .. Enumerable.Range(1, c.Files - 1).Select(file => (long)((Int128)c.Tokens * file / c.Files)),
        ];
        long[] windows =
        [
            0, last - 1, last,
            .. limits.Select(limit => limit / c.SequenceLength).SelectMany(index => new[] { index, index + 1 }),
        ];
        foreach (var index in windows.Where(index => index <= last))
        {
            var from = index * c.SequenceLength;
            yield return Verdict.SameElements(
                sparse.Fill(from, (int)Math.Min(c.SequenceLength, c.Tokens - 1 - from) + 1), readers.ReadSequential(index),
                string.Create(CultureInfo.InvariantCulture, $"tokens of window {index}"));
        }
    }

    private static long[] Wrapped(TokenShard shard, long position, LongShardCase c) =>
        ShardBytes.Read(
            shard.Paths, position % c.Limit, (int)Math.Min(c.SequenceLength + 1, c.Tokens - position));

    private static Func<LongShardCase, Conditions, Func<TokenShard, LongShardReaders>> With(
        Func<LongShardReaders, LongShardCase, TokenShard, LongShardReaders> change) =>
        (c, at) => shard => change(Open(shard, c, at), c, shard);
}
