using TorchSharp;
using TurkishLlm.Kernels.Native;
using static TorchSharp.torch;

namespace TurkishLlm.Kernels.Cpu;

/// <summary>The forward pass of attention, one block of queries of a head per task.</summary>
internal sealed unsafe class AttentionForward<T, TGemm>(AttentionInput<T, TGemm> input, Tensor output, Tensor logSumExps)
    where T : unmanaged
    where TGemm : IGemm<T>
{
    private const int QueriesPerBlock = 64;

    private readonly AttentionShape _shape = input.Shape;
    private readonly float* _output = TensorMemory.GetFloatPointer(output),
        _logSumExps = TensorMemory.GetFloatPointer(logSumExps);

    public void Run()
    {
        var (keyValueHeads, time, size) = (_shape.TotalKeyValueHeads, _shape.SequenceLength, _shape.HeadDim);
        using var keys = new RightOperands<T>(Enumerable.Repeat(TGemm.GetPackedRightSize(size, time), keyValueHeads));
        using var values = new RightOperands<T>(Enumerable.Repeat(TGemm.GetPackedRightSize(time, size), keyValueHeads));
        Workers.Run(keyValueHeads, head =>
        {
            // [size, time]
            keys[head] = TGemm.PackRightTransposed(input.Keys(head), size, time, _shape.KeyStride, keys.GetBuffer(head));
            // [time, size]
            values[head] = TGemm.PackRight(input.Values(head), time, size, _shape.KeyStride, values.GetBuffer(head));
        });
        var blocks = (time + QueriesPerBlock - 1) / QueriesPerBlock;
        Workers.Run(_shape.TotalHeads * blocks, task =>
        {
            // The longest blocks first.
            var (head, first) = (task % _shape.TotalHeads, (blocks - 1 - task / _shape.TotalHeads) * QueriesPerBlock);
            var shared = _shape.GetKeyValueHead(head);
            ForwardBlock(head, first, Math.Min(QueriesPerBlock, time - first), keys[shared], values[shared]);
        });
    }

    private void ForwardBlock(int head, int first, int count, RightOperand<T> keys, RightOperand<T> values)
    {
        // Rounded down to keep pairs of keys together.
        int from = input.GetFirstKey(head, first) / VectorMath.Lanes * VectorMath.Lanes, to = first + count;
        var stride = (to - from + VectorMath.Lanes - 1) / VectorMath.Lanes * VectorMath.Lanes + VectorMath.Lanes;
        var scores = Scratch.GetBuffer<float>(0, (long)QueriesPerBlock * stride);
        var weights = typeof(T) == typeof(float) ? (T*)scores : Scratch.GetBuffer<T>(1, (long)QueriesPerBlock * stride);
        TGemm.Multiply(
            count, to - from, _shape.HeadDim, input.Queries(head) + (long)first * _shape.QueryStride, _shape.QueryStride,
            TGemm.SliceColumns(keys, from), scores, stride, add: false);                                       // [queries, keys]
        var sums = stackalloc float[QueriesPerBlock];
        for (var r = 0; r < count; r++)
        {
            var row = scores + (long)r * stride;
            sums[r] = BiasedSoftmax.Apply(
                row, input.GetFirstKey(head, first + r) - from, first + r + 1 - from, to - from,
                _shape.Scale, input.Slope(head), out var highest);
            TGemm.PackLeft(row, to - from, weights + (long)r * stride);
            _logSumExps[(long)head * _shape.SequenceLength + first + r] = highest + MathF.Log(sums[r]);
        }
        var mixed = _output + _shape.GetQueryOffset(head) + (long)first * _shape.QueryStride;
        TGemm.Multiply(
            count, _shape.HeadDim, to - from, weights, stride, values.SliceRows(from), mixed, _shape.QueryStride, add: false);
        for (var r = 0; r < count; r++)
            VectorMath.Scale(
                mixed + (long)r * _shape.QueryStride, 1 / sums[r], mixed + (long)r * _shape.QueryStride, _shape.HeadDim);
    }
}
