using TorchSharp;
using TurkishLlm.Kernels.Autograd;
using TurkishLlm.Kernels.Native;
using static TorchSharp.torch;

namespace TurkishLlm.Kernels.Cpu;

/// <summary>
/// Computes x·Wᵀ for several weights, reading x once. With bfloat16 the operands are rounded and the results are not: products
/// are accumulated in float32, and the backward pass keeps one rounded x for all weights.
/// </summary>
internal static unsafe class CpuLinear
{
    private const int RowsPerTask = 128, OutputsPerTask = 64, RowsPerProduct = 512;

    private static readonly int TransposedStride = VectorMath.GetPaddedStride(RowsPerProduct);

    public static Tensor[] Apply(Tensor input, Tensor[] weights, bool inBFloat16) =>
        inBFloat16 ? Apply<ushort, BFloat16Gemm>(input, weights) : Apply<float, Float32Gemm>(input, weights);

    private static Tensor[] Apply<T, TGemm>(Tensor input, Tensor[] weights)
        where T : unmanaged
        where TGemm : IGemm<T>
    {
        using var scope = NewDisposeScope();
        Tensor[] inputs = [input, .. weights];
        var needsGradient = AutogradFunction.IsGradientRequired(inputs);
        var (needsX, needsW) = (input.requires_grad, weights.Any(weight => weight.requires_grad));
        using var grad = no_grad();
        var x = Operand<T>.Create<TGemm>(input);
        var operands = Array.ConvertAll(weights, Operand<T>.Create<TGemm>);
        var outputs = Array.ConvertAll(weights, weight => OutputTensor.Empty([.. input.shape[..^1], weight.shape[0]]));
        Forward<T, TGemm>(x, operands, outputs);
        if (!needsGradient) return MoveToOuterScope(outputs);
        Tensor[] saved = [x.Tensor, .. operands.Select(operand => operand.Tensor)];
        return MoveToOuterScope(AutogradFunction.Record(
            inputs, outputs, saved, (kept, gradients) => Backward<T, TGemm>(kept, gradients, needsX, needsW)));
    }

    private static Tensor[] MoveToOuterScope(Tensor[] tensors) =>
        Array.ConvertAll(tensors, tensor => tensor.MoveToOuterDisposeScope());

    private static void Forward<T, TGemm>(Operand<T> x, Operand<T>[] weights, Tensor[] outputs)
        where T : unmanaged
        where TGemm : IGemm<T>
    {
        var (rows, width) = (x.Rows, x.Width);
        using var rights = new RightOperands<T>(weights.Select(weight => TGemm.GetPackedRightSize(width, weight.Rows)));
        Workers.Run(weights.Length, i =>
            rights[i] = TGemm.PackRightTransposed(weights[i].Pointer, width, weights[i].Rows, width, rights.GetBuffer(i)));
        var results = Array.ConvertAll(outputs, TensorMemory.GetDataPointer);
        Workers.Run((rows + RowsPerTask - 1) / RowsPerTask, task =>
        {
            var first = task * RowsPerTask;
            for (var i = 0; i < weights.Length; i++)
                TGemm.Multiply(
                    Math.Min(RowsPerTask, rows - first), weights[i].Rows, width, x.Row(first), width, rights[i],
                    (float*)results[i] + (long)first * weights[i].Rows, weights[i].Rows, add: false);
        });
    }

    private static Tensor?[] Backward<T, TGemm>(Tensor[] saved, Tensor?[] gradients, bool needsX, bool needsW)
        where T : unmanaged
        where TGemm : IGemm<T>
    {
        var x = new Operand<T>(saved[0]);
        var weights = Array.ConvertAll(saved[1..], weight => new Operand<T>(weight));
        var results = new Tensor?[saved.Length];
        var used = Enumerable.Range(0, weights.Length).Where(i => gradients[i] is not null).ToArray();
        var dy = used.ToDictionary(i => i, i => Operand<T>.Create<TGemm>(gradients[i]!));
        if (needsX && used.Length > 0)
            results[0] = ComputeInputGradient<T, TGemm>(x, used.Select(i => (dy[i], weights[i])).ToArray());
        if (!needsW) return results;
        using var right = new RightOperands<T>([TGemm.GetPackedRightSize(x.Rows, x.Width)]);
        var xs = x.PackRight<TGemm>(right.GetBuffer(0));
        foreach (var i in used) results[i + 1] = ComputeWeightGradient<T, TGemm>(dy[i], xs, x.Rows, x.Width);
        return results;
    }

    // Σ dy·W.
    private static Tensor ComputeInputGradient<T, TGemm>(Operand<T> x, (Operand<T> Gradient, Operand<T> Weight)[] parts)
        where T : unmanaged
        where TGemm : IGemm<T>
    {
        var (rows, width) = (x.Rows, x.Width);
        var dx = OutputTensor.Empty(x.Tensor.shape);
        var to = TensorMemory.GetFloatPointer(dx);
        using var rights = new RightOperands<T>(parts.Select(part => TGemm.GetPackedRightSize(part.Weight.Rows, width)));
        Workers.Run(parts.Length, i =>
            rights[i] = TGemm.PackRight(parts[i].Weight.Pointer, parts[i].Weight.Rows, width, width, rights.GetBuffer(i)));
        Workers.Run((rows + RowsPerTask - 1) / RowsPerTask, task =>
        {
            var first = task * RowsPerTask;
            for (var i = 0; i < parts.Length; i++)
                TGemm.Multiply(
                    Math.Min(RowsPerTask, rows - first), width, parts[i].Weight.Rows, parts[i].Gradient.Row(first),
                    parts[i].Weight.Rows, rights[i],
                    to + (long)first * width, width, add: i > 0);
        });
        return dx;
    }

    /// <summary>
    /// Computes dyᵀ·x, the gradient of a weight: some rows of it per task, each a sum over all rows of x in order.
    /// </summary>
    internal static Tensor ComputeWeightGradient<T, TGemm>(Operand<T> dy, RightOperand<T> x, int rows, int width)
        where T : unmanaged
        where TGemm : IGemm<T>
    {
        var outputs = dy.Width;
        var dw = rows == 0 ? zeros([outputs, width], float32) : OutputTensor.Empty([outputs, width]);
        var to = TensorMemory.GetFloatPointer(dw);
        Workers.Run((outputs + OutputsPerTask - 1) / OutputsPerTask, task =>
        {
            var output = task * OutputsPerTask;
            var count = Math.Min(OutputsPerTask, outputs - output);
            var transposed = Scratch.GetBuffer<T>(0, (long)OutputsPerTask * TransposedStride);
            for (var first = 0; first < rows; first += RowsPerProduct)
            {
                var part = Math.Min(RowsPerProduct, rows - first);
                TGemm.Transpose(dy.Row(first) + output, part, count, outputs, transposed, TransposedStride);
                TGemm.Multiply(
                    count, width, part, transposed, TransposedStride, x.SliceRows(first),
                    to + (long)output * width, width, add: first > 0);
            }
        });
        return dw;
    }
}
