using static TorchSharp.torch;

namespace TurkishLlm.Kernels.Cuda;

/// <summary>The operators of <see cref="FusedOperators"/> for CUDA devices, with the same signatures.</summary>
internal static class CudaOperators
{
    /// <summary>Returns true for CUDA tensors, and for CPU tensors while this thread emulates a device.</summary>
    public static bool CanRun(Tensor tensor) => CudaKernel.CanRun(tensor);

    /// <inheritdoc cref="FusedOperators.Linears"/>
    public static Tensor[] Linears(Tensor x, Tensor[] weights, bool inBFloat16) => CudaLinear.Apply(x, weights, inBFloat16);

    /// <inheritdoc cref="FusedOperators.RmsNorm"/>
    public static Tensor RmsNorm(Tensor x, Tensor weight, double eps) => CudaRmsNorm.Apply(x, weight, eps);

    /// <inheritdoc cref="FusedOperators.SwiGluLinear"/>
    public static Tensor SwiGluLinear(Tensor gate, Tensor up, Tensor weight, bool inBFloat16) =>
        CudaSwiGlu.Apply(gate, up, weight, inBFloat16);

    /// <inheritdoc cref="FusedOperators.AlibiAttention"/>
    /// <exception cref="ArgumentException">Not <paramref name="inBFloat16"/>: there is no flash attention in float32.</exception>
    public static Tensor AlibiAttention(Tensor q, Tensor k, Tensor v, Tensor slopes, Tensor? segmentStarts, bool inBFloat16) =>
        CudaAlibiAttention.Apply(q, k, v, slopes, segmentStarts, inBFloat16);

    /// <inheritdoc cref="FusedOperators.LinearCrossEntropy"/>
    public static Tensor LinearCrossEntropy(
        Tensor hidden, Tensor weight, Tensor targets, long ignoreIndex, double scale, bool inBFloat16) =>
        CudaLinearCrossEntropy.Apply(hidden, weight, targets, ignoreIndex, scale, inBFloat16);

    /// <inheritdoc cref="FusedOperators.AdamW"/>
    public static void AdamW(
        Tensor weight, Tensor gradient, Tensor expAvg, Tensor expAvgSq,
        double learningRate, double beta1, double beta2, double eps, double weightDecay, long step) =>
        CudaAdamW.Apply(weight, gradient, expAvg, expAvgSq, learningRate, beta1, beta2, eps, weightDecay, step);
}
