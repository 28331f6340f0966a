using System.Globalization;
using TurkishLlm.Data.Conversations;

namespace TurkishLlm.Data.Batches;

/// <summary>
/// Random windows of a shard for training, drawn with replacement: row <c>r</c> of step <c>s</c> is the same window for ever.
/// Safe to use from many threads.
/// </summary>
/// <remarks>Spec: P51, DAT-03, DAT-13, DAT-30.</remarks>
public sealed class WindowSampler
{
    private readonly TokenShard _shard;
    private readonly int _sequenceLength;
    private readonly long _seed;

    /// <param name="shard">Where windows come from. Not owned.</param>
    /// <param name="sequenceLength">Inputs of a window; it reads one token more, the last target.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <exception cref="InvalidDataException">The shard is shorter than one window.</exception>
    public WindowSampler(TokenShard shard, int sequenceLength, long seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sequenceLength);
        if (shard.Count < sequenceLength + 1L)
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                $"{shard.Paths[0]}: the {shard.Split} split has {shard.Count} tokens, ")
                + string.Create(CultureInfo.InvariantCulture,
                $"but a window of sequence length {sequenceLength} reads {sequenceLength + 1L}. ")
                + (shard.Count < 2 ? "Prepare more text." : string.Create(CultureInfo.InvariantCulture,
                    $"Use a sequence length of at most {shard.Count - 1}, or prepare more text.")));
        (_shard, _sequenceLength, _seed) = (shard, sequenceLength, seed);
    }

    /// <summary>How many different windows there are: one at every position where a whole window fits.</summary>
    public long PositionCount => _shard.Count - _sequenceLength;

    /// <summary>First token of a window, 0 … <see cref="PositionCount"/> − 1, each equally likely.</summary>
    /// <param name="dataStep">Step of the optimizer.</param>
    /// <param name="row">Row within the step, counted through all its micro-batches and processes: micro · batch + row.</param>
    public long GetPosition(long dataStep, int row) => CounterRandom.GetInt64(_seed, dataStep, row, PositionCount);

    /// <summary>Has the pages of some windows read from the disk, so that <see cref="Read"/> need not wait for it. Gives the same tokens with or without.</summary>
    /// <param name="dataStep">As in <see cref="GetPosition"/>.</param>
    /// <param name="firstRow">The first row.</param>
    /// <param name="rowCount">How many.</param>
    public void Prefetch(long dataStep, int firstRow, int rowCount)
    {
        const int tokensOfPage = 4096 / sizeof(ushort);
        Span<ushort> one = stackalloc ushort[1];
        for (var row = firstRow; row < firstRow + rowCount; row++)
        {
            var position = GetPosition(dataStep, row);
            for (var token = 0; token < _sequenceLength; token += tokensOfPage) _shard.Read(position + token, one);
            _shard.Read(position + _sequenceLength, one);
        }
    }

    /// <summary>Reads a window.</summary>
    /// <param name="dataStep">As in <see cref="GetPosition"/>.</param>
    /// <param name="row">As in <see cref="GetPosition"/>.</param>
    /// <param name="inputs">Receives the tokens, <c>[sequence]</c>.</param>
    /// <param name="targets">Receives for each input the token that follows it, <c>[sequence]</c>.</param>
    /// <exception cref="ArgumentException">A span is not of the sequence length.</exception>
    public void Read(long dataStep, int row, Span<long> inputs, Span<long> targets)
    {
        TokenWindow.RefuseLength(_sequenceLength, inputs, targets);
        TokenWindow.Read(_shard, GetPosition(dataStep, row), inputs, targets);
    }

    /// <summary>A window as an example of which every token but the first is learned.</summary>
    /// <param name="dataStep">As in <see cref="GetPosition"/>.</param>
    /// <param name="row">As in <see cref="GetPosition"/>.</param>
    public TokenizedExample ReadExample(long dataStep, int row)
    {
        var tokens = new ushort[_sequenceLength + 1];
        _shard.Read(GetPosition(dataStep, row), tokens);
        return new([.. tokens.Select(token => (int)token)], [false, .. Enumerable.Repeat(true, _sequenceLength)]);
    }
}
