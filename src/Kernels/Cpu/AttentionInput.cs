using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using TurkishLlm.Kernels.Native;
using static TorchSharp.torch;

namespace TurkishLlm.Kernels.Cpu;

/// <summary>Queries, keys and values of an attention, and the keys that each query attends to.</summary>
internal sealed unsafe class AttentionInput<T, TGemm>
    where T : unmanaged
    where TGemm : IGemm<T>
{
    private readonly Operand<T> _q, _k, _v;
    private readonly Tensor _slopes;
    private readonly Tensor? _segmentStarts;

    public AttentionInput(
        AttentionShape shape, Tensor q, Tensor k, Tensor v, Tensor slopes, Tensor? segmentStarts, int[]? maxDistances = null)
    {
        (Shape, _slopes, _segmentStarts) = (shape, slopes, segmentStarts);
        (_q, _k, _v) = (Operand<T>.Create<TGemm>(q), Operand<T>.Create<TGemm>(k), Operand<T>.Create<TGemm>(v));
        MaxDistances = maxDistances ?? ComputeMaxDistances(TensorMemory.GetFloatPointer(q), TensorMemory.GetFloatPointer(k));
    }

    public AttentionShape Shape { get; }

    /// <summary>For each head, the distance beyond which the weight of a key is exactly zero.</summary>
    public int[] MaxDistances { get; }

    /// <summary>Returns a query head, as a left operand.</summary>
    public T* Queries(int head) => _q.Pointer + Shape.GetQueryOffset(head);

    /// <summary>Returns a key head.</summary>
    public T* Keys(int keyValueHead) => _k.Pointer + Shape.GetKeyOffset(keyValueHead);

    /// <summary>Returns a value head.</summary>
    public T* Values(int keyValueHead) => _v.Pointer + Shape.GetKeyOffset(keyValueHead);

    /// <summary>Returns the bias per position of distance between query and key.</summary>
    public float Slope(int head) => TensorMemory.GetFloatPointer(_slopes)[head % Shape.Heads];

    /// <summary>Returns the first key that a query attends to. It does not decrease from one query to the next.</summary>
    public int GetFirstKey(int head, int query)
    {
        var start = _segmentStarts is null
            ? 0
            : (int)
                ((long*)TensorMemory.GetDataPointer(_segmentStarts))[(long)(head / Shape.Heads) * Shape.SequenceLength + query];
        return Math.Max(Math.Max(start, query - MaxDistances[head]), 0);
    }

    // A query attends to itself without penalty, so its log-sum-exp is at least that score, and no score exceeds the product of
    // the largest norms: if the penalty exceeds twice that product plus the range of a float exponential, the weight is zero.
    private int[] ComputeMaxDistances(float* q, float* k)
    {
        var shape = Shape;
        var reaches = new int[shape.TotalHeads];
        Workers.Run(shape.TotalHeads, head =>
        {
            var bound =
                1.02f
                * shape.Scale
                * ComputeMaxNorm(q + shape.GetQueryOffset(head), shape.SequenceLength, shape.QueryStride, shape.HeadDim)
                * ComputeMaxNorm(
                    k + shape.GetKeyOffset(shape.GetKeyValueHead(head)), shape.SequenceLength, shape.KeyStride, shape.HeadDim);
            var keys = (88 + 2 * bound) / Slope(head);
            // A bound of NaN includes everything.
            reaches[head] = keys < shape.SequenceLength ? (int)keys + 1 : shape.SequenceLength;
        });
        return reaches;
    }

    // NaN and infinity are kept.
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
