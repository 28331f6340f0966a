using TurkishLlm.Kernels.Autograd;
using static TorchSharp.torch;

namespace TurkishLlm.Kernels.Cuda;

/// <summary>Computes y = x / √(mean(x²) + eps) · weight.</summary>
internal static class CudaRmsNorm
{
    private const int Threads = 256, Warps = Threads / 32, RowsPerBlock = 32;

    public static Tensor Apply(Tensor input, Tensor weight, double eps)
    {
        OperatorInput.Check("RMSNorm", input.device, ("x", input, float32), ("weight", weight, float32));
        OperatorInput.CheckShape("RMSNorm", "weight", weight, input.size(-1));
        using var scope = NewDisposeScope();
        Tensor x, y, scale, contiguousWeight;
        using (no_grad())
        {
            (x, contiguousWeight) = (input.contiguous(), weight.contiguous());
            long width = x.size(-1), rows = x.numel() / width;
            (y, scale) = (empty_like(x), empty(rows, dtype: float32, device: x.device));
            CudaKernel.Launch(
                KernelSource.RmsNormForward, x, (rows + Warps - 1) / Warps, Threads,
                x, contiguousWeight, y, scale, rows, width, (float)eps);
        }
        if (AutogradFunction.IsGradientRequired(input, weight))
            y = AutogradFunction.Record([input, weight], [y], [x, contiguousWeight, scale], Backward)[0];
        return y.MoveToOuterDisposeScope();
    }

    private static Tensor?[] Backward(Tensor[] saved, Tensor?[] gradients)
    {
        var (x, weight, scale, dy) = (saved[0], saved[1], saved[2], gradients[0]!.contiguous());
        long width = x.size(-1), rows = x.numel() / width, blocks = (rows + RowsPerBlock - 1) / RowsPerBlock;
        var (dx, partial) = (empty_like(x), empty(blocks, width, dtype: float32, device: x.device));
        CudaKernel.Launch(
            KernelSource.RmsNormBackward, x, blocks, Threads,
            x, weight, scale, dy, dx, partial, rows, width, RowsPerBlock);
        return [dx, partial.sum([0L])];
    }
}
