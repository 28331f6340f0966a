using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using TurkishLlm.Kernels.Native;
using static TorchSharp.torch;

namespace TurkishLlm.Kernels.Cpu;

/// <summary>Queries, keys and values of an attention, and which keys a query reads.</summary>
internal sealed unsafe class AttentionInput<T, TProduct>
    where T : unmanaged
    where TProduct : IGemm<T>
{
    private readonly Operand<T> _q, _k, _v;
    private readonly Tensor _slopes;
    private readonly Tensor? _segmentStarts;

    public AttentionInput(
        AttentionShape shape, Tensor q, Tensor k, Tensor v, Tensor slopes, Tensor? segmentStarts, int[]? maxDistances = null)
    {
        (Shape, _slopes, _segmentStarts) = (shape, slopes, segmentStarts);
        (_q, _k, _v) = (Operand<T>.Create<TProduct>(q), Operand<T>.Create<TProduct>(k), Operand<T>.Create<TProduct>(v));
        MaxDistances = maxDistances ?? ComputeMaxDistances(TensorMemory.GetFloatPointer(q), TensorMemory.GetFloatPointer(k));
    }

    public AttentionShape Shape { get; }

    /// <summary>How far back a key of each head may be before its weight is exactly zero.</summary>
    public int[] MaxDistances { get; }

    /// <summary>A query head, as a left operand.</summary>
    public T* Queries(int head) => _q.Pointer + Shape.GetQueryOffset(head);

    /// <summary>A key head.</summary>
    public T* Keys(int keyValueHead) => _k.Pointer + Shape.GetKeyOffset(keyValueHead);

    /// <summary>A value head.</summary>
    public T* Values(int keyValueHead) => _v.Pointer + Shape.GetKeyOffset(keyValueHead);

    /// <summary>Bias of each position that a key is behind its query.</summary>
    public float Slope(int head) => TensorMemory.GetFloatPointer(_slopes)[head % Shape.Heads];

    /// <summary>The first key that a query reads. It never goes back from one query to the next.</summary>
    public int GetFirstKey(int head, int query)
    {
        var start = _segmentStarts is null
            ? 0
            : (int)((long*)TensorMemory.GetDataPointer(_segmentStarts))[(long)(head / Shape.Heads) * Shape.SequenceLength + query];
        return Math.Max(Math.Max(start, query - MaxDistances[head]), 0);
    }

    // A query sees itself without penalty, so its log-sum-exp is at least that score, and no score is larger than the product of
    // the largest norms: where the penalty exceeds twice that and what the exponential of a float can hold, nothing is left.
    private int[] ComputeMaxDistances(float* q, float* k)
    {
        var shape = Shape;
        var reaches = new int[shape.TotalHeads];
        Workers.Run(shape.TotalHeads, head =>
        {
            var bound = 1.02f * shape.Scale * ComputeMaxNorm(q + shape.GetQueryOffset(head), shape.SequenceLength, shape.QueryStride, shape.HeadDim)
                * ComputeMaxNorm(k + shape.GetKeyOffset(shape.GetKeyValueHead(head)), shape.SequenceLength, shape.KeyStride, shape.HeadDim);
            var keys = (88 + 2 * bound) / Slope(head);
            reaches[head] = keys < shape.SequenceLength ? (int)keys + 1 : shape.SequenceLength;      // a bound that is no number reaches everything
        });
        return reaches;
    }

    // NaN and infinity stay what they are.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static float ComputeMaxNorm(float* rows, int count, int stride, int size)
    {
        float largest = 0;
        for (var row = rows; row < rows + (long)count * stride; row += stride)
        {
            var squares = Vector512<float>.Zero;
            var i = 0;
            for (; i + VectorMath.Lanes <= size; i += VectorMath.Lanes)
            {
                var x = Vector512.Load(row + i);
                squares = Vector512.FusedMultiplyAdd(x, x, squares);
            }
            var sum = Vector512.Sum(squares);
            for (; i < size; i++) sum += row[i] * row[i];
            if (!float.IsFinite(sum)) return sum;
            largest = MathF.Max(largest, sum);
        }
        return MathF.Sqrt(largest);
    }
}
