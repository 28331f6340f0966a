using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Model.Layers;

/// <summary>
/// Keys and values of the positions read so far, so that generation computes each of them once.
/// Belongs to one text: a second one needs a cache of its own, <see cref="Clear"/>, or <see cref="Crop"/> to what both begin with.
/// </summary>
public sealed class KeyValueCache : IDisposable
{
    private readonly (Tensor Keys, Tensor Values)[] _layers;

    /// <param name="config">The model.</param>
    /// <param name="batchSize">Texts side by side.</param>
    /// <param name="capacity">Most positions that fit.</param>
    /// <param name="device">Device of the model.</param>
    /// <exception cref="ArgumentOutOfRangeException">No text or no position would fit.</exception>
    public KeyValueCache(ModelConfig config, int batchSize, int capacity, Device device)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        Capacity = capacity;
        long[] shape = [batchSize, config.NKvHeads, capacity, config.HeadDim];
        _layers = [.. Enumerable.Range(0, config.NLayers).Select(_ => (Room(), Room()))];

        Tensor Room() => zeros(shape, float32, device).DetachFromDisposeScope();
    }

    /// <summary>Most positions that fit.</summary>
    public int Capacity { get; }

    /// <summary>Positions read so far.</summary>
    public int Length { get; private set; }

    /// <summary>Adds the keys and values of new positions to a layer and returns those of all positions so far.</summary>
    /// <param name="layer">Number of the block.</param>
    /// <param name="keys"><c>[b, hkv, new, d]</c></param>
    /// <param name="values"><c>[b, hkv, new, d]</c></param>
    /// <returns><c>[b, hkv, Length + new, d]</c> each; views of the cache.</returns>
    /// <exception cref="InvalidOperationException">The positions do not fit.</exception>
    internal (Tensor Keys, Tensor Values) Append(int layer, Tensor keys, Tensor values)
    {
        var added = keys.size(2);
        if (Length + added > Capacity)
            throw new InvalidOperationException($"The cache holds {Length} of {Capacity} positions; {added} more do not fit. Make it larger, or generate fewer tokens.");
        var (allKeys, allValues) = _layers[layer];
        allKeys.narrow(2, Length, added).copy_(keys);
        allValues.narrow(2, Length, added).copy_(values);
        return (allKeys.narrow(2, 0, Length + added), allValues.narrow(2, 0, Length + added));
    }

    /// <exception cref="ArgumentException">The cache was made for another model, or for another number of texts.</exception>
    internal void ThrowIfIncompatible(ModelConfig config, long batchSize)
    {
        var own = _layers[0].Keys.shape;                                               // [b, hkv, capacity, d]
        if (_layers.Length == config.NLayers && own[1] == config.NKvHeads && own[3] == config.HeadDim && own[0] == batchSize) return;
        throw new ArgumentException(
            $"The cache holds {_layers.Length} layers of {own[0]} × {own[1]} heads of {own[3]}, but the model reads "
            + $"{batchSize} texts with {config.NLayers} layers of {config.NKvHeads} heads of {config.HeadDim}. "
            + "Make a cache for this model and batch.");
    }

    /// <summary>Counts the positions that every layer has added.</summary>
    internal void Advance(long positions) => Length += (int)positions;

    /// <summary>Forgets everything, for another text.</summary>
    public void Clear() => Length = 0;

    /// <summary>Forgets the last positions, for a text that goes on otherwise from there.</summary>
    /// <param name="maxLength">How many positions stay.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are not so many.</exception>
    public void Crop(int maxLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxLength, Length);
        Length = maxLength;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (keys, values) in _layers)
        {
            keys.Dispose();
            values.Dispose();
        }
    }
}
