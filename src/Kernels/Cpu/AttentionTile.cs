using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace TurkishLlm.Kernels.Cpu;

/// <summary>
/// Attention weights of some queries over some keys, and the gradients of their scores, both <c>[keys, queries]</c>.
/// </summary>
internal readonly unsafe ref struct AttentionTile<T, TGemm>
    where T : unmanaged
    where TGemm : IGemm<T>
{
    private readonly int _stride, _size;
    private readonly float* _weights, _dscores;                 // [keys, queries]
    private readonly T* _left, _dleft;                          // the same as left operands
    private readonly RightOperand<T> _dright;                   // the second as a right operand
    private readonly T* _buffers;
    private readonly float* _dq;                                // [size, queries]
    private readonly Block* _block;

    public AttentionTile(int queries, int keys, int size)
    {
        (_stride, _size) = (queries, size);
        long numbers = (long)queries * keys;
        _weights = Scratch.GetBuffer<float>(0, numbers);
        _dscores = Scratch.GetBuffer<float>(1, numbers);
        _left = IsFloat32 ? (T*)_weights : Scratch.GetBuffer<T>(2, numbers);
        _dleft = IsFloat32 ? (T*)_dscores : Scratch.GetBuffer<T>(3, numbers);
        _dright = IsFloat32
            ? new((T*)_dscores, queries)
            : new(Scratch.GetBuffer<T>(4, TGemm.GetPackedRightSize(keys, queries)), queries);
        _buffers = Scratch.GetBuffer<T>(5, 4 * GetBufferSize(queries, size));
        _dq = Scratch.GetBuffer<float>(6, (long)queries * size * 2);
        _block = (Block*)Scratch.GetBuffer<byte>(7, sizeof(Block) + 4L * queries * sizeof(float));
        _block->Positions = (float*)(_block + 1);
    }

    private static bool IsFloat32 => typeof(T) == typeof(float);

    private float* Positions => _block->Positions;

    private float* FirstKeys => _block->Positions + _stride;

    private float* LogSumExps => _block->Positions + 2 * _stride;

    private float* Deltas => _block->Positions + 3 * _stride;

    /// <summary>Loads the next block of queries.</summary>
    /// <param name="queries">Queries, as a left operand.</param>
    /// <param name="gradients">Gradients of the outputs, as a left operand.</param>
    /// <param name="gradientsFloat32">The same gradients in float32.</param>
    /// <param name="outputs">The outputs.</param>
    /// <param name="stride">Distance between consecutive positions.</param>
    /// <param name="count">Number of queries.</param>
    /// <param name="logSumExps">Log-sum-exp of each query.</param>
    public void BeginQueryBlock(
        T* queries, T* gradients, float* gradientsFloat32, float* outputs, int stride, int count, float* logSumExps)
    {
        _block->Count = count;
        var room = GetBufferSize(_stride, _size);
        _block->QueryColumns = TGemm.PackRightTransposed(queries, _size, count, stride, _buffers);
        _block->GradientColumns = TGemm.PackRightTransposed(gradients, _size, count, stride, _buffers + room);
        _block->QueryRows = TGemm.PackRight(queries, count, _size, stride, _buffers + 2 * room);
        _block->GradientRows = TGemm.PackRight(gradients, count, _size, stride, _buffers + 3 * room);
        for (var i = 0; i < _stride; i++)
        {
            Positions[i] = -1;                                  // an unused slot attends to no key
            (FirstKeys[i], LogSumExps[i], Deltas[i]) = (0, 0, 0);
        }
        for (var i = 0; i < count; i++)
        {
            LogSumExps[i] = logSumExps[i];
            Deltas[i] = VectorMath.Dot(gradientsFloat32 + (long)i * stride, outputs + (long)i * stride, _size);
        }
    }

    /// <summary>Sets the keys that a query of the block attends to: from the first one to its own.</summary>
    public void SetKeyRange(int index, int query, int firstKey) => (Positions[index], FirstKeys[index]) = (query, firstKey);

    /// <summary>Computes weights and score gradients for some keys.</summary>
    public void ComputeWeights(T* keys, T* values, int stride, int from, int count, float scale, float slope)
    {
        TGemm.Multiply(count, _block->Count, _size, keys, stride, _block->QueryColumns, _weights, _stride, add: false);
        TGemm.Multiply(count, _block->Count, _size, values, stride, _block->GradientColumns, _dscores, _stride, add: false);
        ComputeWeights(from, count, scale, slope);
        if (IsFloat32) return;
        TGemm.PackLeft(_weights, (long)count * _stride, _left);
        TGemm.PackLeft(_dscores, (long)count * _stride, _dleft);
        for (var pair = 0; 2 * pair < count; pair++)
            TGemm.PackRightRowPair(
                _dscores + 2L * pair * _stride, 2 * pair + 1 < count ? _dscores + (2L * pair + 1) * _stride : null,
                pair, _dright);
    }

    /// <summary>
    /// Adds the contribution of the tile to the gradients of its keys and values, and to those of the queries of the block.
    /// </summary>
    public void AccumulateGradients(T* keyColumns, int keyColumnStride, int count, float* dk, float* dv, bool isFirst)
    {
        TGemm.Multiply(count, _size, _block->Count, _dleft, _stride, _block->QueryRows, dk, _size, add: true);
        TGemm.Multiply(count, _size, _block->Count, _left, _stride, _block->GradientRows, dv, _size, add: true);
        TGemm.Multiply(_size, _block->Count, count, keyColumns, keyColumnStride, _dright, _dq, _stride, add: !isFirst);
    }

    /// <summary>Writes the gradients of the queries of the block.</summary>
    public void WriteQueryGradients(float* dq, int stride, float scale)
    {
        var rows = _dq + (long)_stride * _size;
        Float32Gemm.Transpose(_dq, _size, _block->Count, _stride, rows, _size);
        for (var i = 0; i < _block->Count; i++) VectorMath.Scale(rows + (long)i * _size, scale, dq + (long)i * stride, _size);
    }

    private static long GetBufferSize(int queries, int size) =>
        (Math.Max(TGemm.GetPackedRightSize(size, queries), TGemm.GetPackedRightSize(queries, size)) + 31) / 32 * 32;

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private void ComputeWeights(int from, int count, float scale, float slope)
    {
        var (scales, negativeSlope) = (Vector512.Create(scale), Vector512.Create(-slope));
        for (var i = 0; i < _block->Count; i += VectorMath.Lanes)
        {
            Vector512<float> position = Vector512.Load(Positions + i), firstKey = Vector512.Load(FirstKeys + i);
            Vector512<float> logSum = Vector512.Load(LogSumExps + i), dot = Vector512.Load(Deltas + i);
            // Keys that every query of the vector attends to need no mask.
            int first = 0, last = 0;
            if (i + VectorMath.Lanes <= _block->Count)
            {
                first = Math.Clamp((int)FirstKeys[i + VectorMath.Lanes - 1] - from, 0, count);
                last = Math.Clamp((int)Positions[i] + 1 - from, first, count);
            }
            for (var j = 0; j < count; j++)
            {
                float* weight = _weights + (long)j * _stride + i, dscore = _dscores + (long)j * _stride + i;
                var key = Vector512.Create((float)(from + j));
                var p = VectorMath.Exp(
                    Vector512.FusedMultiplyAdd(negativeSlope, position - key, Vector512.Load(weight) * scales) - logSum);
                var ds = p * (Vector512.Load(dscore) - dot);
                if (j < first || j >= last)
                {
                    var seen = Vector512.GreaterThanOrEqual(position, key) & Vector512.GreaterThanOrEqual(key, firstKey);
                    p = Vector512.ConditionalSelect(seen, p, Vector512<float>.Zero);
                    ds = Vector512.ConditionalSelect(seen, ds, Vector512<float>.Zero);
                }
                p.Store(weight);
                ds.Store(dscore);
            }
        }
    }

    private struct Block
    {
        public int Count;
        public RightOperand<T> QueryColumns, GradientColumns, QueryRows, GradientRows;
        public float* Positions;
    }
}
