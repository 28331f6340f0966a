using FluentAssertions;
using TurkishLlm.Data.Batches;

namespace TurkishLlm.Tests.Unit.Data;

[Trait("Suite", "Fast")]
public sealed class WindowTests : IDisposable
{
    private readonly TemporaryDirectory _here = new();

    public void Dispose() => _here.Dispose();

    [Fact]
    public void Targets_are_the_tokens_that_follow()
    {
        using var shard = WriteSequentialIds(100);
        var sampler = new WindowSampler(shard, sequenceLength: 7, seed: 5);
        var (inputs, targets) = (new long[7], new long[7]);
        for (var step = 0; step < 50; step++)
        {
            sampler.Read(step, row: 3, inputs, targets);
            var first = sampler.GetPosition(step, 3);
            inputs.Should().Equal(Enumerable.Range(0, 7).Select(i => first + i));
            targets.Should().Equal(Enumerable.Range(1, 7).Select(i => first + i));
        }
    }

    // Recorded values: changing them changes the data of every resumed run.
    [Fact]
    public void Positions_never_change()
    {
        var positions = new[] { (1L, 0L, 0), (1, 0, 1), (1, 1, 0), (2, 0, 0), (-1, 1_000_000, 511) }
            .Select(at => CounterRandom.GetInt64(at.Item1, at.Item2, at.Item3, range: 1_000_000_007));
        positions.Should().Equal(RecordedPositions);
    }

    private static readonly long[] RecordedPositions = [372178467, 391046779, 365393974, 968877185, 402004966];

    [Fact]
    public void Equals_the_published_generator()
    {
        // A range of 2^62 takes the upper 62 bits of a number.
        for (var row = 0; row < 100; row++)
            CounterRandom.GetInt64(42, 7, row, 1L << 62).Should().Be((long)(CounterRandomOracle.Draw(42, 7, row) >> 2));
    }

    [Fact]
    public void The_shortest_shard_has_one_window()
    {
        using var shard = WriteSequentialIds(8);
        var sampler = new WindowSampler(shard, sequenceLength: 7, seed: 1);
        sampler.PositionCount.Should().Be(1);
        Enumerable.Range(0, 20).Select(row => sampler.GetPosition(3, row)).Should().OnlyContain(position => position == 0);
    }

    [Theory]
    [InlineData(2_047)]
    [InlineData(2_048)]
    [InlineData(4_100)]
    public void Prefetching_stays_inside_a_shard_of_one_window_and_changes_nothing(int length)
    {
        using var shard = WriteSequentialIds(length + 1);
        var sampler = new WindowSampler(shard, length, seed: 1);
        var (inputs, targets) = (new long[length], new long[length]);
        sampler.Prefetch(dataStep: 4, firstRow: 2, rowCount: 3);
        sampler.Read(4, row: 3, inputs, targets);
        inputs.Should().Equal(Enumerable.Range(0, length).Select(i => (long)i));
        targets[^1].Should().Be(length);
    }

    [Fact]
    public void Refuses_a_shard_shorter_than_a_window()
    {
        using var shard = WriteSequentialIds(7);
        var create = () => new WindowSampler(shard, sequenceLength: 7, seed: 1);
        create.Should().Throw<InvalidDataException>().WithMessage(
            $"{_here["a.tokens"]}: the Train split has 7 tokens, but a window of sequence length 7 needs 8. "
            + "Use a sequence length of at most 6, or prepare more text.");
    }

    [Fact]
    public void Refuses_spans_of_another_length()
    {
        using var shard = WriteSequentialIds(30);
        var read = () => new WindowSampler(shard, 7, 1).Read(0, 0, new long[7], new long[8]);
        read.Should().Throw<ArgumentException>().WithMessage("A window has 7 inputs and 7 targets; the spans have 7 and 8.");
    }

    [Theory]
    [InlineData(2, 5, new[] { 1 })]
    [InlineData(11, 5, new[] { 5, 5 })]
    [InlineData(12, 5, new[] { 5, 5, 1 })]
    [InlineData(10, 5, new[] { 5, 4 })]
    public void Sequential_windows_have_the_documented_lengths(int tokens, int sequenceLength, int[] lengths)
    {
        using var shard = WriteSequentialIds(tokens);
        var windows = new SequentialWindows(shard, sequenceLength);
        var (inputs, targets) = (new long[sequenceLength], new long[sequenceLength]);

        windows.Count.Should().Be(lengths.Length);
        for (var index = 0; index < lengths.Length; index++)
        {
            var length = windows.Read(index, inputs, targets);
            length.Should().Be(lengths[index]);
            var filled = Enumerable.Range(index * sequenceLength, length).Select(i => (long)i).ToArray();
            var empty = sequenceLength - length;
            inputs.Should().Equal([.. filled, .. Enumerable.Repeat(2L, empty)]);
            targets.Should().Equal([.. filled.Select(i => i + 1), .. Enumerable.Repeat(-1L, empty)]);
        }
    }

    [Fact]
    public void Sequential_windows_need_two_tokens()
    {
        using var shard = WriteSequentialIds(1);
        var create = () => new SequentialWindows(shard, 5);
        create.Should().Throw<InvalidDataException>().WithMessage("*the Train split has 1 token; a window needs at least 2.*");
    }

    [Fact]
    public void Sequential_windows_end()
    {
        using var shard = WriteSequentialIds(11);
        var read = () => new SequentialWindows(shard, 5).Read(2, new long[5], new long[5]);
        read.Should().Throw<ArgumentOutOfRangeException>();
    }

    private TokenShard WriteSequentialIds(int count)
    {
        using (var writer = new ShardWriter(_here["a.tokens"], DataSplit.Train, new string('a', 64), 65_536))
        {
            writer.Append([.. Enumerable.Range(0, count)]);
            writer.Complete();
        }
        return TokenShard.Open(_here["a.tokens"]);
    }
}
