using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Reference;

public sealed partial class ReferenceGpt
{
    /// <summary>What each token of a pass sees, and where it is.</summary>
    /// <param name="Positions">Of the queries, <c>[1 or b, t]</c>.</param>
    /// <param name="KeyPositions"><c>[1 or b, n]</c></param>
    /// <param name="Allowed">True where a query sees a key, <c>[1 or b, 1, t, n]</c>.</param>
    /// <param name="Cache">Keys and values of earlier passes.</param>
    private sealed record Reading(Tensor Positions, Tensor KeyPositions, Tensor Allowed, ReferenceCache? Cache = null);

    internal Tensor PaddedLogits(Tensor ids, Tensor mask)
    {
        var t = ids.size(1);
        var positions = _bug == DecoderBug.PaddingShiftsPositions
            ? arange(t, int64, ids.device).unsqueeze(0)
            : (mask.to(int64).cumsum(1) - 1).clamp_min(0);
        var keys = mask.unsqueeze(1);                                               // [b, 1, t]
        var visible = _bug switch
        {
            DecoderBug.PaddingAttended => ones_like(keys),
            DecoderBug.PaddingMaskInverted => keys.logical_not(),
            DecoderBug.PaddingMaskOfQueries => mask.unsqueeze(2),
            _ => keys,
        };
        // Padding sees itself, so that no row of the softmax is empty.
        var allowed = Causal(0, t, ids.device).logical_and(visible).logical_or(eye(t, dtype: @bool, device: ids.device));
        return Run(ids, new(positions, positions, allowed.unsqueeze(1)));
    }

    internal Tensor PackedLogits(Tensor ids, Tensor segments)
    {
        var t = ids.size(1);
        var (query, key) = (segments.unsqueeze(2), segments.unsqueeze(1));
        var same = query.eq(key);
        var index = arange(t, int64, ids.device);
        var inside = same.logical_and(Causal(0, t, ids.device)).to(int64).sum(2) - 1;          // position in its segment
        var before = cat([segments.narrow(1, 0, 1), segments.narrow(1, 0, t - 1)], 1);
        same = _bug switch
        {
            DecoderBug.SegmentsIgnored => ones_like(same),
            DecoderBug.SegmentEdgeLate => before.unsqueeze(2).eq(before.unsqueeze(1)),
            DecoderBug.LastTokenOfNeighborVisible => same.logical_or(index.eq((index - inside).unsqueeze(2) - 1)),
            _ => same,
        };
        var positions = _bug == DecoderBug.PositionsRunOn ? index.unsqueeze(0) : inside;
        return Run(ids, new(positions, positions, Causal(0, t, ids.device).logical_and(same).unsqueeze(1)));
    }

    internal Func<Tensor, Tensor> StartCache()
    {
        var cache = new ReferenceCache(_options.Layers);
        return ids => Run(ids, Continue(cache, ids.size(1), ids.device));
    }

    private Reading ReadText(long t, Device device)
    {
        var positions = arange(t, int64, device).unsqueeze(0);
        if (_bug == DecoderBug.PositionsFromTheEnd) positions = t - 1 - positions;
        return new(positions, positions, AllowedInText(t, device)[TensorIndex.None, TensorIndex.None]);
    }

    private Tensor AllowedInText(long t, Device device) => _bug switch
    {
        DecoderBug.NoMask or DecoderBug.MaskAfterSoftmax or DecoderBug.MaskOfMinusTen or DecoderBug.SoftFuture =>
            ones([t, t], @bool, device),
        DecoderBug.OneAhead => Causal(1, t, device),
        _ => Causal(0, t, device),
    };

    private Reading Continue(ReferenceCache cache, long n, Device device)
    {
        var past = cache.Length;
        var positions = arange(n, int64, device).unsqueeze(0);
        if (_bug != DecoderBug.CachePositionsRestart) positions += past;
        var keys = arange(past + n, int64, device);
        var allowed = _bug == DecoderBug.ChunkNotCausal
            ? ones([n, past + n], @bool, device)
            : keys.le(arange(past, past + n, int64, device).unsqueeze(1));
        if (_bug == DecoderBug.ChunkSeesOnlyItself) allowed = allowed.logical_and(keys.ge(past));
        if (_bug == DecoderBug.CacheLosesLastToken) allowed = allowed.logical_and(keys.ne(past - 1));
        return new(positions, cache.AppendPositions(positions), allowed[TensorIndex.None, TensorIndex.None], cache);
    }

    // True where key j ≤ query i + ahead, [t, t].
    private static Tensor Causal(long ahead, long t, Device device)
    {
        var index = arange(t, int64, device);
        return index.le(index.unsqueeze(1) + ahead);
    }
}
