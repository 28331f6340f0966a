using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Model.Layers;

/// <summary>
/// Cache of the keys and values of earlier positions, so that generation computes each of them once. Belongs to one text: another
/// text needs its own cache, <see cref="Clear"/>, or <see cref="Crop"/> to the common prefix.
/// </summary>
/// <remarks>Spec: GEN-01, GEN-02, GEN-03.</remarks>
public sealed class KeyValueCache : IDisposable
{
    private readonly (Tensor Keys, Tensor Values)[] _layers;

    /// <param name="config">The model.</param>
    /// <param name="batchSize">Number of texts.</param>
    /// <param name="capacity">Largest number of positions.</param>
    /// <param name="device">Device of the model.</param>
    /// <exception cref="ArgumentOutOfRangeException">The batch size or the capacity is less than 1.</exception>
    public KeyValueCache(ModelConfig config, int batchSize, int capacity, Device device)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        Capacity = capacity;
        long[] shape = [batchSize, config.NKvHeads, capacity, config.HeadDim];
        _layers = [.. Enumerable.Range(0, config.NLayers).Select(_ => (Allocate(), Allocate()))];

        Tensor Allocate() => zeros(shape, float32, device).DetachFromDisposeScope();
    }

    /// <summary>Largest number of positions.</summary>
    public int Capacity { get; }

    /// <summary>Number of cached positions.</summary>
    public int Length { get; private set; }

    /// <summary>Appends the keys and values of new positions to a layer and returns those of all positions.</summary>
    /// <param name="layer">Index of the block.</param>
    /// <param name="keys"><c>[b, hkv, new, d]</c></param>
    /// <param name="values"><c>[b, hkv, new, d]</c></param>
    /// <returns><c>[b, hkv, Length + new, d]</c> each; views of the cache.</returns>
    /// <exception cref="InvalidOperationException">The capacity is exceeded.</exception>
    internal (Tensor Keys, Tensor Values) Append(int layer, Tensor keys, Tensor values)
    {
        var added = keys.size(2);
        if (Length + added > Capacity)
            throw new InvalidOperationException(
                $"The cache holds {Length} of {Capacity} positions; {added} more do not fit. Make it larger, or "
                    + "generate fewer tokens.");
        var (allKeys, allValues) = _layers[layer];
        allKeys.narrow(2, Length, added).copy_(keys);
        allValues.narrow(2, Length, added).copy_(values);
        return (allKeys.narrow(2, 0, Length + added), allValues.narrow(2, 0, Length + added));
    }

    /// <exception cref="ArgumentException">The cache was created for another model or batch size.</exception>
    internal void ThrowIfIncompatible(ModelConfig config, long batchSize)
    {
        var own = _layers[0].Keys.shape;                                               // [b, hkv, capacity, d]
        if (_layers.Length == config.NLayers && own[1] == config.NKvHeads && own[3] == config.HeadDim && own[0] == batchSize)
            return;
        throw new ArgumentException(
            $"The cache holds {_layers.Length} layers of {own[0]} × {own[1]} heads of {own[3]}, but the model reads "
            + $"{batchSize} texts with {config.NLayers} layers of {config.NKvHeads} heads of {config.HeadDim}. "
            + "Create a cache for this model and batch size.");
    }

    /// <summary>Advances the length after every layer has appended its positions.</summary>
    internal void Advance(long positions) => Length += (int)positions;

    /// <summary>Removes all positions.</summary>
    public void Clear() => Length = 0;

    /// <summary>Removes the last positions, for a text that continues differently.</summary>
    /// <param name="maxLength">Number of positions to keep.</param>
    /// <exception cref="ArgumentOutOfRangeException">The cache has fewer positions.</exception>
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
