using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using TurkishLlm.Kernels.Cpu;

namespace TurkishLlm.Kernels.Packed;

/// <summary>Operators on single rows of activations.</summary>
internal static unsafe class DecoderOperators
{
    /// <summary>Computes the RMS norm of a row: y = x / √(mean(x²) + eps) · weight.</summary>
    /// <param name="x">The row.</param>
    /// <param name="weight">One weight per feature.</param>
    /// <param name="eps">Added to the mean square.</param>
    /// <param name="y">Receives the result.</param>
    /// <param name="width">Number of features.</param>
    public static void Normalize(float* x, float* weight, float eps, float* y, int width) =>
        CpuRmsNorm.Normalize(x, weight, eps, y, width);

    /// <summary>Computes SiLU(gate) ⊙ up in place of the gate.</summary>
    /// <param name="gate">Receives the result.</param>
    /// <param name="up">The values that are gated.</param>
    /// <param name="count">Number of elements.</param>
    public static void ApplyGate(float* gate, float* up, int count) => CpuSwiGlu.ApplyGate(gate, up, gate, count);

    /// <summary>Computes the loss of a token: log Σ e^logit − logit of the token.</summary>
    /// <param name="logits">One logit per token of the vocabulary.</param>
    /// <param name="count">Number of logits.</param>
    /// <param name="target">The token.</param>
    /// <returns>Nats.</returns>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static double ComputeLoss(float* logits, int count, int target)
    {
        var highest = float.NegativeInfinity;
        for (var i = 0; i < count; i++) highest = MathF.Max(highest, logits[i]);
        var (highests, sums) = (Vector512.Create(highest), Vector512<float>.Zero);
        var whole = count / VectorMath.Lanes * VectorMath.Lanes;
        for (var i = 0; i < whole; i += VectorMath.Lanes) sums += VectorMath.Exp(Vector512.Load(logits + i) - highests);
        var sum = (double)Vector512.Sum(sums);
        for (var i = whole; i < count; i++) sum += VectorMath.Exp(logits[i] - highest);
        return Math.Log(sum) + highest - logits[target];
    }
}
