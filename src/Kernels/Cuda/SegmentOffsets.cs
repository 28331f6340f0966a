using static TorchSharp.torch;

namespace TurkishLlm.Kernels.Cuda;

/// <summary>Where each segment of packed rows begins among all positions, as flash attention takes it.</summary>
internal static class SegmentOffsets
{
    [ThreadStatic] private static WeakReference<Tensor>? _segmentStarts;
    [ThreadStatic] private static Tensor? _offsets;

    /// <summary>The first position of every segment, counted over all rows, and the end of the last one.</summary>
    /// <param name="segmentStarts">The first position of the segment that each position belongs to, <c>[b, t]</c>, int64.</param>
    /// <returns><c>[segments + 1]</c>, int32. Kept for the next call with the same tensor, which the next layer makes.</returns>
    /// <exception cref="ArgumentException">A segment does not begin where the one before it ends.</exception>
    public static Tensor GetOrCompute(Tensor segmentStarts)
    {
        if (_segmentStarts is not null && _segmentStarts.TryGetTarget(out var last) && ReferenceEquals(last, segmentStarts)) return _offsets!;
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        long batch = segmentStarts.size(0), time = segmentStarts.size(1);
        var first = ones(batch, 1, dtype: ScalarType.Bool, device: segmentStarts.device);
        var changes = cat([first, segmentStarts.narrow(1, 1, time - 1).ne(segmentStarts.narrow(1, 0, time - 1))], 1);
        // Here the CPU waits for the device: it must know how many segments there are.
        var begins = changes.view(-1).nonzero().view(-1);
        if (!segmentStarts.reshape(-1).index_select(0, begins).eq(begins.remainder(time)).all().item<bool>())
            throw new ArgumentException(
                "A segment of a row does not begin where the one before it ends: flash attention takes rows without gaps.");
        var offsets = cat([begins, full(1, batch * time, dtype: int64, device: segmentStarts.device)]).to(int32);
        _offsets?.Dispose();
        (_segmentStarts, _offsets) = (new(segmentStarts), offsets.DetachFromDisposeScope());
        return offsets;
    }
}
