using static TorchSharp.torch;

namespace TurkishLlm.Kernels;

/// <summary>Where each segment of packed rows begins among all positions, as flash attention takes it.</summary>
internal static class SegmentOffsets
{
    [ThreadStatic] private static WeakReference<Tensor>? _starts;
    [ThreadStatic] private static Tensor? _offsets;

    /// <summary>The first position of every segment, counted over all rows, and the end of the last one.</summary>
    /// <param name="starts">The first position of the segment that each position belongs to, <c>[b, t]</c>, int64.</param>
    /// <returns><c>[segments + 1]</c>, int32. Kept for the next call with the same tensor, which the next layer makes.</returns>
    /// <exception cref="ArgumentException">A segment does not begin where the one before it ends.</exception>
    public static Tensor Of(Tensor starts)
    {
        if (_starts is not null && _starts.TryGetTarget(out var last) && ReferenceEquals(last, starts)) return _offsets!;
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        long batch = starts.size(0), time = starts.size(1);
        var first = ones(batch, 1, dtype: ScalarType.Bool, device: starts.device);
        var changes = cat([first, starts.narrow(1, 1, time - 1).ne(starts.narrow(1, 0, time - 1))], 1);
        // Here the CPU waits for the device: it must know how many segments there are.
        var begins = changes.view(-1).nonzero().view(-1);
        if (!starts.reshape(-1).index_select(0, begins).eq(begins.remainder(time)).all().item<bool>())
            throw new ArgumentException(
                "A segment of a row does not begin where the one before it ends: flash attention takes rows without gaps.");
        var offsets = cat([begins, full(1, batch * time, dtype: int64, device: starts.device)]).to(int32);
        _offsets?.Dispose();
        (_starts, _offsets) = (new(starts), offsets.DetachFromDisposeScope());
        return offsets;
    }
}
