using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Torch;

/// <summary>Kernels of our own: of the processor in native/kernels, of other devices in native/device. Callers hold the same thing in plain operators.</summary>
/// <remarks>Spec: KRN: each gives the numbers of the plain operators, up to rounding.</remarks>
public static class Kernels
{
    // Rows whose exponentials exist at a time: enough to keep the products busy, few enough to stay small.
    private const long LossRows = 512;

    private static readonly Operator
        LinearsOp = new("turkishllm::linears"), NormOp = new("turkishllm::rms_norm"), SwiGluOp = new("turkishllm::swiglu_linear"),
        AttentionOp = new("turkishllm::alibi_attention"), LossOp = new("turkishllm::linear_cross_entropy"), AdamWOp = new("turkishllm::adamw_");

    [ThreadStatic]
    private static bool _playsDevice;

    /// <summary>True when a kernel is wanted and can take the tensor.</summary>
    /// <param name="wanted">The kernels that may be used.</param>
    /// <param name="kernel">The one in question.</param>
    /// <param name="x">What it would work on.</param>
    /// <param name="inBFloat16">True to multiply in bfloat16. A device's attention can do nothing else.</param>
    public static bool Has(Fused wanted, Fused kernel, Tensor x, bool inBFloat16 = false) =>
        wanted.HasFlag(kernel) && x.dtype == float32 && (inBFloat16 || kernel != Fused.Attention || (x.device_type == DeviceType.CPU && !_playsDevice));

    /// <summary>What attention is made of where there is no cache, for people to read: a slow way is never taken unsaid.</summary>
    /// <param name="device">Where the model is.</param>
    /// <param name="inBFloat16">True where products are.</param>
    public static string AttentionOn(Device device, bool inBFloat16) =>
        device.type == DeviceType.CPU ? "attention by blocks"
        : inBFloat16 ? "flash attention"
        : "attention by plain operators, which store every score (compute: bfloat16 would not)";

    /// <summary>
    /// Until disposed, the kernels written for devices work on tensors of the processor, in the calling thread: slowly, one thread of
    /// a block after the other, but with the text and the sizes that a device would get.
    /// </summary>
    public static IDisposable PlayDevice() => new DevicePlay();

    /// <summary>From now on operators of a device that add in an order that changes are replaced by others that do not, or refuse.</summary>
    /// <remarks>cuBLAS keeps to it because of a setting that is made before libtorch loads: <see cref="CpuSettings"/>.</remarks>
    public static void DemandEqualBits() => Native.Check(Native.tllm_demand_equal_bits());

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

    private sealed class DevicePlay : IDisposable
    {
        private readonly bool _before = _playsDevice;

        public DevicePlay() => Play(true);

        public void Dispose() => Play(_before);

        private static void Play(bool on)
        {
            _playsDevice = on;
            Native.tllm_play_device(on ? 1 : 0);
        }
    }
}
