using TorchSharp;
using TurkishLlm.Kernels.Autograd;
using TurkishLlm.Kernels.Cpu;
using TurkishLlm.Kernels.Cuda;
using TurkishLlm.Kernels.Native;
using static TorchSharp.torch;

namespace TurkishLlm.Kernels;

/// <summary>
/// Fused operators of a training step, implemented in <c>Cpu/</c> for the CPU and in <c>Cuda/</c> for CUDA devices. The callers
/// also contain each operator as a composition of plain operators.
/// </summary>
/// <remarks>Spec: KRN: each operator equals the plain operators up to rounding.</remarks>
public static class FusedOperators
{
    /// <summary>Returns true if a fused operator is enabled and supports the tensor.</summary>
    /// <param name="enabled">The enabled kernels.</param>
    /// <param name="kernel">The kernel to use.</param>
    /// <param name="x">The input of the operator.</param>
    /// <param name="inBFloat16">True to multiply in bfloat16. Attention on CUDA requires it.</param>
    public static bool CanUse(FusedKernels enabled, FusedKernels kernel, Tensor x, bool inBFloat16 = false) =>
        enabled.HasFlag(kernel)
        && x.dtype == float32
        && (inBFloat16 || kernel != FusedKernels.Attention || !CudaOperators.CanRun(x));

    /// <summary>Describes the implementation of attention without a cache, so that a slow one is always visible.</summary>
    /// <param name="device">Device of the model.</param>
    /// <param name="inBFloat16">True if products are in bfloat16.</param>
    public static string DescribeAttention(Device device, bool inBFloat16) =>
        device.type == DeviceType.CPU ? "blocked attention"
        : inBFloat16 ? "flash attention"
        : "math attention (stores all scores; compute_dtype: bfloat16 does not)";

    /// <summary>
    /// Switches operators on CUDA to deterministic algorithms; operators without one throw. Does nothing if <see
    /// cref="DeterminismUnavailableReason"/> is not null.
    /// </summary>
    public static void UseDeterministicAlgorithms() => DeterministicAlgorithms.Use(true);

    /// <summary>Why this libtorch cannot be switched to deterministic algorithms; null if it can.</summary>
    public static string? DeterminismUnavailableReason => DeterministicAlgorithms.UnavailableReason;

    /// <summary>Compiles the kernels for a CUDA device ahead of the first step.</summary>
    /// <param name="index">The number of the device in libtorch.</param>
    /// <exception cref="DllNotFoundException">NVRTC or the driver is missing.</exception>
    /// <exception cref="InvalidOperationException">The kernels do not compile, or the driver refuses them.</exception>
    public static void CompileForCuda(int index) => CudaLauncher.Shared.Compile(index);

    /// <summary>
    /// Computes x·Wᵀ for each weight; with <paramref name="inBFloat16"/> the operands are rounded, the results are not.
    /// </summary>
    /// <param name="x"><c>[…, in]</c></param>
    /// <param name="weights"><c>[out, in]</c> each.</param>
    /// <param name="inBFloat16">True to multiply in bfloat16.</param>
    /// <returns><c>[…, out]</c> each, float32.</returns>
    public static Tensor[] Linears(Tensor x, Tensor[] weights, bool inBFloat16)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(weights);
        foreach (var weight in weights)
            Require(
                weight.ndim == 2 && x.ndim > 0 && x.shape[^1] == weight.shape[1],
                "x […, in] and weight [out, in]", x, weight);
        foreach (var weight in weights) OperatorInput.Check("linear", x.device, ("x", x, float32), ("a weight", weight, float32));
        return CudaOperators.CanRun(x)
            ? CudaOperators.Linears(x, weights, inBFloat16)
            : CpuLinear.Apply(x, weights, inBFloat16);
    }

    /// <summary>Computes x / √(mean(x²) + eps) · weight.</summary>
    public static Tensor RmsNorm(Tensor x, Tensor weight, double eps)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(weight);
        Require(weight.ndim == 1 && x.ndim > 0 && x.shape[^1] == weight.shape[0], "x […, width] and weight [width]", x, weight);
        OperatorInput.Check("RMSNorm", x.device, ("x", x, float32), ("weight", weight, float32));
        return CudaOperators.CanRun(x) ? CudaOperators.RmsNorm(x, weight, eps) : CpuRmsNorm.Apply(x, weight, eps);
    }

    /// <summary>Computes (SiLU(gate) ⊙ up)·Wᵀ.</summary>
    /// <param name="gate"><c>[…, inner]</c></param>
    /// <param name="up"><c>[…, inner]</c></param>
    /// <param name="weight"><c>[out, inner]</c></param>
    /// <param name="inBFloat16">True to multiply in bfloat16.</param>
    /// <returns><c>[…, out]</c>, float32.</returns>
    public static Tensor SwiGluLinear(Tensor gate, Tensor up, Tensor weight, bool inBFloat16)
    {
        ArgumentNullException.ThrowIfNull(gate);
        ArgumentNullException.ThrowIfNull(up);
        ArgumentNullException.ThrowIfNull(weight);
        Require(
            gate.ndim > 0 && weight.ndim == 2 && gate.shape.AsSpan().SequenceEqual(up.shape) && gate.shape[^1] == weight.shape[1],
            "gate and up […, inner] and weight [width, inner]", gate, up, weight);
        OperatorInput.Check("SwiGLU", gate.device, ("gate", gate, float32), ("up", up, float32), ("weight", weight, float32));
        return CudaOperators.CanRun(gate)
            ? CudaOperators.SwiGluLinear(gate, up, weight, inBFloat16)
            : CpuSwiGlu.Apply(gate, up, weight, inBFloat16);
    }

    /// <summary>Computes causal attention with linear biases.</summary>
    /// <param name="q"><c>[b, t, hq, d]</c></param>
    /// <param name="k"><c>[b, t, hkv, d]</c></param>
    /// <param name="v"><c>[b, t, hkv, d]</c></param>
    /// <param name="slopes"><c>[hq]</c></param>
    /// <param name="segmentStarts">
    /// First key that each query may attend to, <c>[b, t]</c>, int64, non-decreasing along a row; null if all attend to the whole
    /// row.
    /// </param>
    /// <param name="inBFloat16">True to multiply in bfloat16; softmax is float32 either way.</param>
    /// <returns><c>[b, t, hq, d]</c></returns>
    public static Tensor AlibiAttention(Tensor q, Tensor k, Tensor v, Tensor slopes, Tensor? segmentStarts, bool inBFloat16)
    {
        ArgumentNullException.ThrowIfNull(q);
        ArgumentNullException.ThrowIfNull(k);
        ArgumentNullException.ThrowIfNull(v);
        ArgumentNullException.ThrowIfNull(slopes);
        Require(
            q.ndim == 4 && k.ndim == 4 && k.shape.AsSpan().SequenceEqual(v.shape)
                && q.shape[0] == k.shape[0] && q.shape[1] == k.shape[1]
                && q.shape[3] == k.shape[3] && k.shape[2] > 0 && q.shape[2] % k.shape[2] == 0 && slopes.numel() == q.shape[2],
            "q [b, t, heads, d], k and v [b, t, kv heads, d] and slopes [heads]", q, k, v, slopes);
        if (segmentStarts is not null)
            Require(
                segmentStarts.ndim == 2 && segmentStarts.shape[0] == q.shape[0] && segmentStarts.shape[1] == q.shape[1],
                "segmentStarts [b, t] and q [b, t, heads, d]", segmentStarts, q);
        OperatorInput.Check(
            "attention", q.device, ("q", q, float32), ("k", k, float32), ("v", v, float32), ("slopes", slopes, float32));
        if (segmentStarts is not null) OperatorInput.Check("attention", q.device, ("segmentStarts", segmentStarts, int64));
        return CudaOperators.CanRun(q)
            ? CudaOperators.AlibiAttention(q, k, v, slopes, segmentStarts, inBFloat16)
            : CpuAlibiAttention.Apply(q, k, v, slopes, segmentStarts, inBFloat16);
    }

    /// <summary>Computes the cross-entropy of a linear head without materializing all logits.</summary>
    /// <param name="hidden"><c>[n, width]</c></param>
    /// <param name="weight"><c>[vocabulary, width]</c></param>
    /// <param name="targets"><c>[n]</c>, int64.</param>
    /// <param name="ignoreIndex">The target value that is ignored.</param>
    /// <param name="scale">Factor of every loss.</param>
    /// <param name="inBFloat16">True to multiply in bfloat16; the log-sum-exp is float32 either way.</param>
    /// <returns>Σ scale · loss, which can be differentiated, in nats.</returns>
    public static Tensor LinearCrossEntropy(
        Tensor hidden, Tensor weight, Tensor targets, long ignoreIndex, double scale, bool inBFloat16)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        ArgumentNullException.ThrowIfNull(weight);
        ArgumentNullException.ThrowIfNull(targets);
        Require(
            hidden.ndim == 2 && weight.ndim == 2 && targets.ndim == 1
                && hidden.shape[0] == targets.shape[0] && hidden.shape[1] == weight.shape[1],
            "hidden [n, width], weight [vocabulary, width] and targets [n]", hidden, weight, targets);
        OperatorInput.Check(
            "cross-entropy", hidden.device,
            ("hidden", hidden, float32), ("weight", weight, float32), ("targets", targets, int64));
        return CudaOperators.CanRun(hidden)
            ? CudaOperators.LinearCrossEntropy(hidden, weight, targets, ignoreIndex, scale, inBFloat16)
            : CpuLinearCrossEntropy.Apply(hidden, weight, targets, ignoreIndex, scale, inBFloat16);
    }

    /// <summary>Performs one AdamW update, in place, in a single pass over the weights.</summary>
    public static void AdamW(
        Tensor weight, Tensor gradient, Tensor expAvg, Tensor expAvgSq,
        double learningRate, double beta1, double beta2, double eps, double weightDecay, long step)
    {
        ArgumentNullException.ThrowIfNull(weight);
        ArgumentNullException.ThrowIfNull(gradient);
        ArgumentNullException.ThrowIfNull(expAvg);
        ArgumentNullException.ThrowIfNull(expAvgSq);
        foreach (var other in new[] { gradient, expAvg, expAvgSq })
            Require(
                weight.shape.AsSpan().SequenceEqual(other.shape),
                "weight, gradient and moments of one shape", weight, gradient, expAvg, expAvgSq);
        OperatorInput.Check(
            "AdamW", weight.device,
            ("weight", weight, float32),
            ("gradient", gradient, float32), ("exp_avg", expAvg, float32),
            ("exp_avg_sq", expAvgSq, float32));
        if (CudaOperators.CanRun(weight))
            CudaOperators.AdamW(weight, gradient, expAvg, expAvgSq, learningRate, beta1, beta2, eps, weightDecay, step);
        else
            CpuAdamW.Apply(weight, gradient, expAvg, expAvgSq, learningRate, beta1, beta2, eps, weightDecay, step);
    }

    /// <summary>
    /// Computes the gradients of a loss, like <c>loss.backward()</c>, but rethrows exceptions of fused operators unchanged.
    /// </summary>
    /// <param name="loss">A scalar.</param>
    public static void Backward(Tensor loss)
    {
        ArgumentNullException.ThrowIfNull(loss);
        AutogradFunction.RunBackward(loss);
    }

    private static void Require(bool fits, string rule, params ReadOnlySpan<Tensor> tensors)
    {
        if (fits) return;
        var shapes = new string[tensors.Length];
        for (var i = 0; i < shapes.Length; i++) shapes[i] = $"[{string.Join(", ", tensors[i].shape)}]";
        throw new ArgumentException($"The shapes {string.Join(", ", shapes)} do not match; the operator expects {rule}.");
    }
}
