using static TorchSharp.torch;

namespace TurkishLlm.Kernels.Cuda;

/// <summary>Computes the offsets of the segments of packed rows, in the format of flash attention.</summary>
internal static class SegmentOffsets
{
    [ThreadStatic] private static WeakReference<Tensor>? _segmentStarts;
    [ThreadStatic] private static Tensor? _offsets;

    /// <summary>Returns the first position of every segment, counted over all rows, and the end of the last one.</summary>
    /// <param name="segmentStarts">The first position of the segment that each position belongs to, <c>[b, t]</c>, int64.</param>
    /// <returns>
    /// <c>[segments + 1]</c>, int32. Cached for the next call with the same tensor, which the next layer makes.
    /// </returns>
    /// <exception cref="ArgumentException">A segment does not start where the previous one ends.</exception>
    public static Tensor GetOrCompute(Tensor segmentStarts)
    {
        if (_segmentStarts is not null && _segmentStarts.TryGetTarget(out var last) && ReferenceEquals(last, segmentStarts))
            return _offsets!;
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        long batch = segmentStarts.size(0), time = segmentStarts.size(1);
        var first = ones(batch, 1, dtype: ScalarType.Bool, device: segmentStarts.device);
        var changes = cat([first, segmentStarts.narrow(1, 1, time - 1).ne(segmentStarts.narrow(1, 0, time - 1))], 1);
        // Synchronizes the device: the CPU must know the number of segments.
        var begins = changes.view(-1).nonzero().view(-1);
        if (!segmentStarts.reshape(-1).index_select(0, begins).eq(begins.remainder(time)).all().item<bool>())
            throw new ArgumentException(
                "A segment does not start where the previous one ends: flash attention requires rows without gaps.");
        var offsets = cat([begins, full(1, batch * time, dtype: int64, device: segmentStarts.device)]).to(int32);
        _offsets?.Dispose();
        (_segmentStarts, _offsets) = (new(segmentStarts), offsets.DetachFromDisposeScope());
        return offsets;
    }
}
