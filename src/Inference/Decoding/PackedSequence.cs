using TurkishLlm.Kernels.Packed;

namespace TurkishLlm.Inference.Decoding;

/// <summary>A text of a <see cref="PackedDecoder"/>.</summary>
internal sealed class PackedSequence(PackedDecoder owner, CachedKeyValues cache) : IDecoderSequence
{
    public int Capacity => cache.Capacity;

    public int Length { get; private set; }

    public PackedDecoder Owner => owner;

    public CachedKeyValues Cache => cache;

    public bool IsDisposed { get; private set; }

    /// <summary>Number of the last call that this text was part of; finds a text that is repeated in a batch.</summary>
    public long LastCall { get; set; }

    public void Advance(int count) => Length += count;

    public void Crop(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        Length = length;
    }

    public void Dispose()
    {
        IsDisposed = true;
        cache.Dispose();
    }
}
