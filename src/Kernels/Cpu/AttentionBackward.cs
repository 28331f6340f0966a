using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using TurkishLlm.Kernels.Native;
using static TorchSharp.torch;

namespace TurkishLlm.Kernels.Cpu;

/// <summary>
/// The backward pass of attention, one query head per task. A tile holds some keys against a block of queries, transposed, so
/// that its products with queries and with keys read it without another transposition.
/// </summary>
internal sealed unsafe class AttentionBackward<T, TGemm>
    where T : unmanaged
    where TGemm : IGemm<T>
{
    private const int QueriesPerBlock = 64, KeysPerTile = 512;

    private readonly AttentionInput<T, TGemm> _input;
    private readonly AttentionShape _shape;
    private readonly Tensor[] _tensors;
    private readonly Operand<T> _gradient;
    private readonly float* _output, _gradientFloat32, _logSumExps;

    public AttentionBackward(AttentionInput<T, TGemm> input, Tensor output, Tensor logSumExps, Tensor gradient)
    {
        (_input, _shape, _tensors) = (input, input.Shape, [output, logSumExps, gradient]);
        _gradient = Operand<T>.Create<TGemm>(gradient);
        _output = TensorMemory.GetFloatPointer(output);
        _gradientFloat32 = TensorMemory.GetFloatPointer(gradient);
        _logSumExps = TensorMemory.GetFloatPointer(logSumExps);
    }

    /// <summary>Computes the gradients of queries, keys and values.</summary>
    public Tensor[] Run()
    {
        long time = _shape.SequenceLength, size = _shape.HeadDim, head = time * size;
        Tensor dq = OutputTensor.Empty([_shape.Batch, time, _shape.Heads, size]),
            dk = OutputTensor.Empty([_shape.Batch, time, _shape.KeyValueHeads, size]),
            dv = OutputTensor.EmptyLike(dk);
        // Heads that share a key/value head compute separate gradients, so that they can run in parallel.
        using var dkOfHeads = new NativeBuffer<float>(_shape.TotalHeads * head);
        using var dvOfHeads = new NativeBuffer<float>(_shape.TotalHeads * head);
        var keyStride = VectorMath.GetPaddedStride(_shape.SequenceLength);
        using var keys = new NativeBuffer<T>(_shape.TotalKeyValueHeads * size * keyStride);
        Workers.Run(_shape.TotalKeyValueHeads, shared =>
            TGemm.Transpose(
                _input.Keys(shared), _shape.SequenceLength, _shape.HeadDim, _shape.KeyStride,
                keys.Pointer + shared * size * keyStride, keyStride));
        var dqs = TensorMemory.GetFloatPointer(dq);
        Workers.Run(_shape.TotalHeads, task =>
        {
            // The heads with the longest reach first: their slopes are the last ones.
            var index = task % _shape.Batch * _shape.Heads + _shape.Heads - 1 - task / _shape.Batch;
            BackwardHead(
                index, keys.Pointer + _shape.GetKeyValueHead(index) * size * keyStride, dqs + _shape.GetQueryOffset(index),
                dkOfHeads.Pointer + index * head, dvOfHeads.Pointer + index * head);
        });
        SumOverGroups(dkOfHeads.Pointer, TensorMemory.GetFloatPointer(dk), _shape.Scale);
        SumOverGroups(dvOfHeads.Pointer, TensorMemory.GetFloatPointer(dv), 1);
        GC.KeepAlive(_tensors);
        return [dq, dk, dv];
    }

    // keys is [size, time]; dk and dv are [time, size].
    private void BackwardHead(int head, T* keys, float* dq, float* dk, float* dv)
    {
        int time = _shape.SequenceLength, size = _shape.HeadDim, shared = _shape.GetKeyValueHead(head);
        new Span<float>(dk, time * size).Clear();
        new Span<float>(dv, time * size).Clear();
        var tile = new AttentionTile<T, TGemm>(QueriesPerBlock, KeysPerTile, size);
        for (var first = 0; first < time; first += QueriesPerBlock)
        {
            var count = Math.Min(QueriesPerBlock, time - first);
            long at = _shape.GetQueryOffset(head) + (long)first * _shape.QueryStride;
            tile.BeginQueryBlock(
                _input.Queries(head) + (long)first * _shape.QueryStride, _gradient.Pointer + at, _gradientFloat32 + at,
                _output + at, _shape.QueryStride, count,
                _logSumExps + (long)head * time + first);
            for (var query = first; query < first + count; query++)
                tile.SetKeyRange(query - first, query, _input.GetFirstKey(head, query));
            var begin = _input.GetFirstKey(head, first) / VectorMath.Lanes * VectorMath.Lanes;
            for (var from = begin; from < first + count; from += KeysPerTile)
            {
                var to = Math.Min(first + count, from + KeysPerTile);
                var offset = (long)from * _shape.KeyStride;
                tile.ComputeWeights(
                    _input.Keys(shared) + offset, _input.Values(shared) + offset, _shape.KeyStride, from, to - from,
                    _shape.Scale, _input.Slope(head));
                tile.AccumulateGradients(
                    keys + from, VectorMath.GetPaddedStride(time), to - from,
                    dk + (long)from * size, dv + (long)from * size, isFirst: from == begin);
            }
            tile.WriteQueryGradients(dq + (long)first * _shape.QueryStride, _shape.QueryStride, _shape.Scale);
        }
    }

    private void SumOverGroups(float* ofHeads, float* to, float factor)
    {
        int time = _shape.SequenceLength, size = _shape.HeadDim, group = _shape.GroupSize;
        Workers.Run(_shape.TotalKeyValueHeads, shared =>
        {
            var first = shared / _shape.KeyValueHeads * _shape.Heads + shared % _shape.KeyValueHeads * group;
            for (var t = 0; t < time; t++)
            {
                var row = to + _shape.GetKeyOffset(shared) + (long)t * _shape.KeyStride;
                VectorMath.Scale(ofHeads + ((long)first * time + t) * size, factor, row, size);
                for (var other = first + 1; other < first + group; other++)
                    VectorMath.AddScaled(row, ofHeads + ((long)other * time + t) * size, factor, size);
            }
        });
    }
}
