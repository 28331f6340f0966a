using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Kernels;

/// <summary>Fused operators of a training step: on the CPU in <c>Cpu/</c>, on a CUDA device in <c>Cuda/</c>. Callers hold the same in plain operators.</summary>
/// <remarks>Spec: KRN: each gives the numbers of the plain operators, up to rounding.</remarks>
public static class FusedOperators
{
    /// <summary>True when a fused operator is wanted and can take the tensor.</summary>
    /// <param name="wanted">The operators that may be used.</param>
    /// <param name="kernel">The one in question.</param>
    /// <param name="x">Its input.</param>
    /// <param name="inBFloat16">True to multiply in bfloat16. The attention of a CUDA device can do nothing else.</param>
    public static bool Has(Fused wanted, Fused kernel, Tensor x, bool inBFloat16 = false) =>
        CudaOperators.Handles(x) && wanted.HasFlag(kernel) && x.dtype == float32 && (inBFloat16 || kernel != Fused.Attention);

    /// <summary>How attention without a cache is computed, for people to read: a slow way is never taken silently.</summary>
    /// <param name="device">Where the model is.</param>
    /// <param name="inBFloat16">True where products are.</param>
    public static string AttentionOn(Device device, bool inBFloat16) =>
        device.type == DeviceType.CPU ? "attention by blocks"
        : inBFloat16 ? "flash attention"
        : "attention by plain operators, which store every score (compute: bfloat16 would not)";

    /// <summary>Makes operators of a CUDA device give the same bits every time, or refuse. Does nothing where <see cref="DeterminismMissing"/>.</summary>
    public static void UseDeterministicAlgorithms() => DeterministicAlgorithms.Demand(true);

    /// <summary>Why this libtorch cannot be told to give the same bits every time; null where it can.</summary>
    public static string? DeterminismMissing => DeterministicAlgorithms.Missing;

    /// <summary>Compiles the kernels for a CUDA device now; otherwise the first step does.</summary>
    /// <param name="index">The device, as libtorch counts them.</param>
    /// <exception cref="DllNotFoundException">NVRTC or the driver is missing.</exception>
    /// <exception cref="InvalidOperationException">The kernels do not compile, or the driver refuses them.</exception>
    public static void CompileForCuda(int index) => CudaLauncher.Shared.Compile(index);

    /// <summary>x·Wᵀ for each weight; with <paramref name="inBFloat16"/> the operands are rounded, the results are not.</summary>
    /// <param name="x"><c>[…, in]</c></param>
    /// <param name="weights"><c>[out, in]</c> each.</param>
    /// <param name="inBFloat16">True to multiply in bfloat16.</param>
    /// <returns><c>[…, out]</c> each, float32.</returns>
    public static Tensor[] Linears(Tensor x, Tensor[] weights, bool inBFloat16) => CudaOperators.Linears(x, weights, inBFloat16);

    /// <summary>x / √(mean(x²) + eps) · weight.</summary>
    public static Tensor RmsNorm(Tensor x, Tensor weight, double eps) => CudaOperators.RmsNorm(x, weight, eps);

    /// <summary>(SiLU(gate) ⊙ up)·Wᵀ.</summary>
    /// <param name="gate"><c>[…, inner]</c></param>
    /// <param name="up"><c>[…, inner]</c></param>
    /// <param name="weight"><c>[out, inner]</c></param>
    /// <param name="inBFloat16">True to multiply in bfloat16.</param>
    /// <returns><c>[…, out]</c>, float32.</returns>
    public static Tensor SwiGluLinear(Tensor gate, Tensor up, Tensor weight, bool inBFloat16) => CudaOperators.SwiGluLinear(gate, up, weight, inBFloat16);

    /// <summary>Causal attention with linear biases.</summary>
    /// <param name="q"><c>[b, t, hq, d]</c></param>
    /// <param name="k"><c>[b, t, hkv, d]</c></param>
    /// <param name="v"><c>[b, t, hkv, d]</c></param>
    /// <param name="slopes"><c>[hq]</c></param>
    /// <param name="starts">The first key each query may see, <c>[b, t]</c>, int64, never falling along a row; null when all see the first.</param>
    /// <param name="inBFloat16">True to multiply in bfloat16; softmax is float32 either way.</param>
    /// <returns><c>[b, t, hq, d]</c></returns>
    public static Tensor AlibiAttention(Tensor q, Tensor k, Tensor v, Tensor slopes, Tensor? starts, bool inBFloat16) => CudaOperators.AlibiAttention(q, k, v, slopes, starts, inBFloat16);

    /// <summary>Cross-entropy of a linear head whose logits never exist as a whole.</summary>
    /// <param name="hidden"><c>[n, width]</c></param>
    /// <param name="weight"><c>[vocabulary, width]</c></param>
    /// <param name="targets"><c>[n]</c>, int64.</param>
    /// <param name="ignored">The target that counts for nothing.</param>
    /// <param name="scale">Factor of every loss.</param>
    /// <param name="inBFloat16">True to multiply in bfloat16; the log-sum-exp is float32 either way.</param>
    /// <returns>Σ scale · loss, which can be differentiated, in nats.</returns>
    public static Tensor LinearCrossEntropy(Tensor hidden, Tensor weight, Tensor targets, long ignored, double scale, bool inBFloat16) =>
        CudaOperators.LinearCrossEntropy(hidden, weight, targets, ignored, scale, inBFloat16);

    /// <summary>One AdamW update, in place; every number of a weight is read and written once.</summary>
    public static void AdamW(
        Tensor weight, Tensor gradient, Tensor mean, Tensor square, double learningRate, double beta1, double beta2, double eps, double decay, long step) =>
        CudaOperators.AdamW(weight, gradient, mean, square, learningRate, beta1, beta2, eps, decay, step);
}
