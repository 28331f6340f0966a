using System.Globalization;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Files;

namespace TurkishLlm.Data.Batches;

/// <summary>
/// Samples random windows of a shard for training, with replacement. The window of row <c>r</c> of data step <c>s</c> never
/// changes. Thread-safe.
/// </summary>
/// <remarks>Spec: P51, DAT-03, DAT-13, DAT-30, DAT-45.</remarks>
public sealed class WindowSampler
{
    private readonly TokenShard _shard;
    private readonly int _sequenceLength;
    private readonly long _seed;

    /// <param name="shard">The shard to read. The caller disposes it.</param>
    /// <param name="sequenceLength">Number of inputs of a window; a window reads one token more, the last target.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <exception cref="InvalidDataException">The shard is shorter than one window.</exception>
    public WindowSampler(TokenShard shard, int sequenceLength, long seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sequenceLength);
        if (shard.Count < sequenceLength + 1L)
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                $"{shard.Paths[0]}: the {shard.Split} split has {Quantity.Format(shard.Count, "token")}, ")
                + string.Create(CultureInfo.InvariantCulture,
                $"but a window of sequence length {sequenceLength} needs {sequenceLength + 1L}. ")
                + (shard.Count < 2 ? "Prepare more text." : string.Create(CultureInfo.InvariantCulture,
                    $"Use a sequence length of at most {shard.Count - 1}, or prepare more text.")));
        (_shard, _sequenceLength, _seed) = (shard, sequenceLength, seed);
    }

    /// <summary>Number of positions at which a whole window fits.</summary>
    public long PositionCount => _shard.Count - _sequenceLength;

    /// <summary>
    /// Returns the position of the first token of a window, uniformly distributed over 0 … <see cref="PositionCount"/> − 1.
    /// </summary>
    /// <param name="dataStep">Data step.</param>
    /// <param name="row">
    /// Row within the step, counted over all micro-batches and ranks: index of the micro-batch · micro-batch size + row.
    /// </param>
    public long GetPosition(long dataStep, int row) => CounterRandom.GetInt64(_seed, dataStep, row, PositionCount);

    /// <summary>
    /// Prefetches the pages of windows from disk, so that <see cref="Read"/> need not wait for it. The tokens are the same with
    /// or without.
    /// </summary>
    /// <param name="dataStep">As in <see cref="GetPosition"/>.</param>
    /// <param name="firstRow">The first row.</param>
    /// <param name="rowCount">Number of rows.</param>
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
    /// <param name="targets">Receives the token after each input, <c>[sequence]</c>.</param>
    /// <exception cref="ArgumentException">A span does not have the sequence length.</exception>
    public void Read(long dataStep, int row, Span<long> inputs, Span<long> targets)
    {
        TokenWindow.RefuseLength(_sequenceLength, inputs, targets);
        TokenWindow.Read(_shard, GetPosition(dataStep, row), inputs, targets);
    }

    /// <summary>Reads a window as an example in which every token except the first is learned.</summary>
    /// <param name="dataStep">As in <see cref="GetPosition"/>.</param>
    /// <param name="row">As in <see cref="GetPosition"/>.</param>
    public TokenizedExample ReadExample(long dataStep, int row)
    {
        var tokens = new ushort[_sequenceLength + 1];
        _shard.Read(GetPosition(dataStep, row), tokens);
        return new([.. tokens.Select(token => (int)token)], [false, .. Enumerable.Repeat(true, _sequenceLength)]);
    }
}
