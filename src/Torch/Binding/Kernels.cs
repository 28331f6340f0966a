using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Torch;

/// <summary>Kernels of our own, in native/kernels. Callers hold the same thing in plain operators, for other devices.</summary>
/// <remarks>Spec: KRN: each gives the numbers of the plain operators, up to rounding.</remarks>
public static class Kernels
{
    // Rows whose exponentials exist at a time: enough to keep the products busy, few enough to stay small.
    private const long LossRows = 512;

    private static readonly Operator
        LinearsOp = new("turkishllm::linears"), NormOp = new("turkishllm::rms_norm"), SwiGluOp = new("turkishllm::swiglu_linear"),
        AttentionOp = new("turkishllm::alibi_attention"), LossOp = new("turkishllm::linear_cross_entropy"), AdamWOp = new("turkishllm::adamw_");

    /// <summary>True when a kernel is wanted and can take the tensor.</summary>
    /// <param name="wanted">The kernels that may be used.</param>
    /// <param name="kernel">The one in question.</param>
    /// <param name="x">What it would work on.</param>
    public static bool Has(Fused wanted, Fused kernel, Tensor x) => wanted.HasFlag(kernel) && x.device_type == DeviceType.CPU && x.dtype == float32;

    /// <summary>x·Wᵀ for each weight; with <paramref name="inBFloat16"/> the operands are rounded, the results are not.</summary>
    /// <param name="x"><c>[…, in]</c></param>
    /// <param name="weights"><c>[out, in]</c> each.</param>
    /// <param name="inBFloat16">True to multiply in bfloat16.</param>
    /// <returns><c>[…, out]</c> each, float32.</returns>
    public static Tensor[] Linears(Tensor x, Tensor[] weights, bool inBFloat16) => LinearsOp.Many(x, weights, inBFloat16);

    /// <summary>x / √(mean(x²) + eps) · weight.</summary>
    public static Tensor RmsNorm(Tensor x, Tensor weight, double eps) => NormOp.Call(x, weight, eps);

    /// <summary>(SiLU(gate) ⊙ up)·Wᵀ.</summary>
    /// <param name="gate"><c>[…, inner]</c></param>
    /// <param name="up"><c>[…, inner]</c></param>
    /// <param name="weight"><c>[out, inner]</c></param>
    /// <param name="inBFloat16">True to multiply in bfloat16.</param>
    /// <returns><c>[…, out]</c>, float32.</returns>
    public static Tensor SwiGluLinear(Tensor gate, Tensor up, Tensor weight, bool inBFloat16) => SwiGluOp.Call(gate, up, weight, inBFloat16);

    /// <summary>Causal attention with linear biases.</summary>
    /// <param name="q"><c>[b, t, hq, d]</c></param>
    /// <param name="k"><c>[b, t, hkv, d]</c></param>
    /// <param name="v"><c>[b, t, hkv, d]</c></param>
    /// <param name="slopes"><c>[hq]</c></param>
    /// <param name="starts">The first key each query may see, <c>[b, t]</c>, int64, never falling along a row; null when all see the first.</param>
    /// <param name="inBFloat16">True to multiply in bfloat16; softmax is float32 either way.</param>
    /// <returns><c>[b, t, hq, d]</c></returns>
    public static Tensor AlibiAttention(Tensor q, Tensor k, Tensor v, Tensor slopes, Tensor? starts, bool inBFloat16) =>
        AttentionOp.Call(q, k, v, slopes, starts, inBFloat16);

    /// <summary>Cross-entropy of a linear head whose logits never exist as a whole.</summary>
    /// <param name="hidden"><c>[n, width]</c></param>
    /// <param name="weight"><c>[vocabulary, width]</c></param>
    /// <param name="targets"><c>[n]</c>, int64.</param>
    /// <param name="ignored">The target that counts for nothing.</param>
    /// <param name="scale">What a loss counts.</param>
    /// <param name="inBFloat16">True to multiply in bfloat16; the log-sum-exp is float32 either way.</param>
    /// <returns>Σ scale · loss, which can be differentiated, in nats.</returns>
    public static Tensor LinearCrossEntropy(Tensor hidden, Tensor weight, Tensor targets, long ignored, double scale, bool inBFloat16) =>
        LossOp.Call(hidden, weight, targets, ignored, scale, LossRows, inBFloat16);

    /// <summary>One AdamW update, in place; every number of a weight is read and written once.</summary>
    public static void AdamW(
        Tensor weight, Tensor gradient, Tensor mean, Tensor square, double learningRate, double beta1, double beta2, double eps, double decay, long step) =>
        AdamWOp.Many(weight, gradient, mean, square, learningRate, beta1, beta2, eps, decay, step);
}
