using static TorchSharp.torch;

namespace TurkishLlm.Kernels.Cuda;

/// <summary>One AdamW update of one tensor, in place.</summary>
internal static class CudaAdamW
{
    private const int Threads = 256;

    public static void Apply(
        Tensor weight, Tensor gradient, Tensor expAvg, Tensor expAvgSq,
        double learningRate, double beta1, double beta2, double eps, double weightDecay, long step)
    {
        OperatorInput.Check(
            "AdamW", weight.device,
            ("weight", weight, float32),
            ("gradient", gradient, float32), ("exp_avg", expAvg, float32),
            ("exp_avg_sq", expAvgSq, float32));
        foreach (var (name, tensor) in new[] { ("gradient", gradient), ("exp_avg", expAvg), ("exp_avg_sq", expAvgSq) })
            OperatorInput.CheckShape("AdamW", name, tensor, weight.shape);
        foreach (var (name, tensor) in new[] { ("weight", weight), ("exp_avg", expAvg), ("exp_avg_sq", expAvgSq) })
            if (!tensor.is_contiguous())
                throw new ArgumentException(
                    $"AdamW: {name} is not contiguous, so it cannot be updated in place. Call .contiguous() before training.");
        double meanCorrection = 1 - Math.Pow(beta1, step), squareCorrection = 1 - Math.Pow(beta2, step);
        var count = weight.numel();
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        CudaKernel.Launch(
            KernelSource.AdamW, weight, (count + Threads - 1) / Threads, Threads,
            weight, gradient.contiguous(), expAvg, expAvgSq, count,
            (float)(1 - learningRate * weightDecay),
            (float)(learningRate / meanCorrection), (float)(1 / Math.Sqrt(squareCorrection)),
            (float)beta1, (float)(1 - beta1), (float)beta2, (float)(1 - beta2), (float)eps);
    }
}
