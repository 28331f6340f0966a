using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Kernels;

/// <summary>
/// The backward pass of attention: one query head a task. A tile is some keys against a block of queries, transposed: then both
/// of its products with queries, and that with keys, read it as it is.
/// </summary>
internal sealed unsafe class AttentionBackward<T, TProduct>
    where T : unmanaged
    where TProduct : IProduct<T>
{
    private const int QueriesPerBlock = 64, KeysPerTile = 512;

    private readonly AttentionInput<T, TProduct> _input;
    private readonly AttentionShape _shape;
    private readonly Tensor[] _tensors;
    private readonly Operand<T> _gradient;
    private readonly float* _output, _exactGradient, _logSums;

    public AttentionBackward(AttentionInput<T, TProduct> input, Tensor output, Tensor logSums, Tensor gradient)
    {
        (_input, _shape, _tensors) = (input, input.Shape, [output, logSums, gradient]);
        _gradient = Operand<T>.Of<TProduct>(gradient);
        _output = TensorMemory.Floats(output);
        _exactGradient = TensorMemory.Floats(gradient);
        _logSums = TensorMemory.Floats(logSums);
    }

    /// <summary>Gradients of queries, keys and values.</summary>
    public Tensor[] Run()
    {
        long time = _shape.Time, size = _shape.Size, head = time * size;
        Tensor dq = OutputTensor.Empty([_shape.Batch, time, _shape.Heads, size]),
            dk = OutputTensor.Empty([_shape.Batch, time, _shape.KeyValueHeads, size]),
            dv = OutputTensor.EmptyLike(dk);
        // Heads that share a key/value head each have gradients of their own, so that they can be computed at the same time.
        using var dkOfHeads = new NativeBuffer<float>(_shape.AllHeads * head);
        using var dvOfHeads = new NativeBuffer<float>(_shape.AllHeads * head);
        var keyStride = VectorMath.Stride(_shape.Time);
        using var keys = new NativeBuffer<T>(_shape.AllKeyValueHeads * size * keyStride);
        Workers.Run(_shape.AllKeyValueHeads, shared =>
            TProduct.Transpose(
                _input.Keys(shared), _shape.Time, _shape.Size, _shape.KeyStride,
                keys.Pointer + shared * size * keyStride, keyStride));
        var dqs = TensorMemory.Floats(dq);
        Workers.Run(_shape.AllHeads, task =>
        {
            // The heads that look far first: their slopes are the last ones.
            var index = task % _shape.Batch * _shape.Heads + _shape.Heads - 1 - task / _shape.Batch;
            Head(
                index, keys.Pointer + _shape.KeyValueHeadOf(index) * size * keyStride, dqs + _shape.Query(index),
                dkOfHeads.Pointer + index * head, dvOfHeads.Pointer + index * head);
        });
        SumOverGroups(dkOfHeads.Pointer, TensorMemory.Floats(dk), _shape.Scale);
        SumOverGroups(dvOfHeads.Pointer, TensorMemory.Floats(dv), 1);
        GC.KeepAlive(_tensors);
        return [dq, dk, dv];
    }

    // keys is [size, time]; dk and dv are [time, size].
    private void Head(int head, T* keys, float* dq, float* dk, float* dv)
    {
        int time = _shape.Time, size = _shape.Size, shared = _shape.KeyValueHeadOf(head);
        new Span<float>(dk, time * size).Clear();
        new Span<float>(dv, time * size).Clear();
        var tile = new AttentionTile<T, TProduct>(QueriesPerBlock, KeysPerTile, size);
        for (var first = 0; first < time; first += QueriesPerBlock)
        {
            var count = Math.Min(QueriesPerBlock, time - first);
            long at = _shape.Query(head) + (long)first * _shape.QueryStride;
            tile.Begin(
                _input.Queries(head) + (long)first * _shape.QueryStride, _gradient.Pointer + at, _exactGradient + at,
                _output + at, _shape.QueryStride, count,
                _logSums + (long)head * time + first);
            for (var query = first; query < first + count; query++)
                tile.SetKeys(query - first, query, _input.FirstKey(head, query));
            var begin = _input.FirstKey(head, first) / VectorMath.Lanes * VectorMath.Lanes;
            for (var from = begin; from < first + count; from += KeysPerTile)
            {
                var to = Math.Min(first + count, from + KeysPerTile);
                var offset = (long)from * _shape.KeyStride;
                tile.Weigh(
                    _input.Keys(shared) + offset, _input.Values(shared) + offset, _shape.KeyStride, from, to - from,
                    _shape.Scale, _input.Slope(head));
                tile.AddTo(
                    keys + from, VectorMath.Stride(time), to - from,
                    dk + (long)from * size, dv + (long)from * size, isFirst: from == begin);
            }
            tile.End(dq + (long)first * _shape.QueryStride, _shape.QueryStride, _shape.Scale);
        }
    }

    private void SumOverGroups(float* ofHeads, float* to, float factor)
    {
        int time = _shape.Time, size = _shape.Size, group = _shape.Group;
        Workers.Run(_shape.AllKeyValueHeads, shared =>
        {
            var first = shared / _shape.KeyValueHeads * _shape.Heads + shared % _shape.KeyValueHeads * group;
            for (var t = 0; t < time; t++)
            {
                var row = to + _shape.Key(shared) + (long)t * _shape.KeyStride;
                VectorMath.Scale(ofHeads + ((long)first * time + t) * size, factor, row, size);
                for (var other = first + 1; other < first + group; other++)
                    VectorMath.AddScaled(row, ofHeads + ((long)other * time + t) * size, factor, size);
            }
        });
    }
}
