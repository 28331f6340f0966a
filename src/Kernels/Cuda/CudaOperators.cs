using static TorchSharp.torch;

namespace TurkishLlm.Kernels;

/// <summary>The fused operators of <see cref="FusedOperators"/> on a CUDA device; the same signatures.</summary>
internal static class CudaOperators
{
    /// <summary>True for tensors of a CUDA device, and for those of the CPU while this thread emulates one.</summary>
    public static bool Handles(Tensor tensor) => CudaKernel.Handles(tensor);

    /// <inheritdoc cref="FusedOperators.Linears"/>
    public static Tensor[] Linears(Tensor x, Tensor[] weights, bool inBFloat16) => CudaLinear.Apply(x, weights, inBFloat16);

    /// <inheritdoc cref="FusedOperators.RmsNorm"/>
    public static Tensor RmsNorm(Tensor x, Tensor weight, double eps) => CudaRmsNorm.Apply(x, weight, eps);

    /// <inheritdoc cref="FusedOperators.SwiGluLinear"/>
    public static Tensor SwiGluLinear(Tensor gate, Tensor up, Tensor weight, bool inBFloat16) =>
        CudaSwiGlu.Apply(gate, up, weight, inBFloat16);

    /// <inheritdoc cref="FusedOperators.AlibiAttention"/>
    /// <exception cref="ArgumentException">Not <paramref name="inBFloat16"/>: there is no flash attention in float32.</exception>
    public static Tensor AlibiAttention(Tensor q, Tensor k, Tensor v, Tensor slopes, Tensor? starts, bool inBFloat16) =>
        CudaAttention.Apply(q, k, v, slopes, starts, inBFloat16);

    /// <inheritdoc cref="FusedOperators.LinearCrossEntropy"/>
    public static Tensor LinearCrossEntropy(
        Tensor hidden, Tensor weight, Tensor targets, long ignored, double scale, bool inBFloat16) =>
        CudaCrossEntropy.Apply(hidden, weight, targets, ignored, scale, inBFloat16);

    /// <inheritdoc cref="FusedOperators.AdamW"/>
    public static void AdamW(
        Tensor weight, Tensor gradient, Tensor mean, Tensor square,
        double learningRate, double beta1, double beta2, double eps, double decay, long step) =>
        CudaAdamW.Apply(weight, gradient, mean, square, learningRate, beta1, beta2, eps, decay, step);
}
