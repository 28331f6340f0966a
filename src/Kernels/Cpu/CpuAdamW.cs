using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace TurkishLlm.Kernels;

/// <summary>One AdamW update of one tensor, everything of a weight read and written once.</summary>
internal static unsafe class CpuAdamW
{
    private const int ElementsPerTask = 1 << 16;

    public static void Apply(
        Tensor weight, Tensor gradient, Tensor mean, Tensor square,
        double learningRate, double beta1, double beta2, double eps, double decay, long step)
    {
        using var contiguous = gradient.contiguous();
        double meanCorrection = 1 - Math.Pow(beta1, step), squareCorrection = 1 - Math.Pow(beta2, step);
        var rule = new Rule(
            Keep: (float)(1 - learningRate * decay), Rate: (float)(learningRate / meanCorrection),
            Root: (float)(1 / Math.Sqrt(squareCorrection)),
            Beta1: (float)beta1, Rest1: (float)(1 - beta1), Beta2: (float)beta2, Rest2: (float)(1 - beta2), Eps: (float)eps);
        float* w = TensorMemory.Floats(weight), g = TensorMemory.Floats(contiguous),
            m = TensorMemory.Floats(mean), v = TensorMemory.Floats(square);
        var count = weight.numel();
        Workers.Run((int)((count + ElementsPerTask - 1) / ElementsPerTask), task =>
        {
            var first = task * (long)ElementsPerTask;
            Update(rule, w + first, g + first, m + first, v + first, (int)Math.Min(ElementsPerTask, count - first));
        });
        GC.KeepAlive((weight, mean, square));
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Update(Rule rule, float* w, float* g, float* m, float* v, int count)
    {
        var i = 0;
        for (; i + VectorMath.Lanes <= count; i += VectorMath.Lanes)
        {
            var gradient = Vector512.Load(g + i);
            var mean = Vector512.Load(m + i) * rule.Beta1 + gradient * rule.Rest1;
            var square = Vector512.Load(v + i) * rule.Beta2 + gradient * gradient * rule.Rest2;
            mean.Store(m + i);
            square.Store(v + i);
            var size = Vector512.Sqrt(square) * rule.Root + Vector512.Create(rule.Eps);
            (Vector512.Load(w + i) * rule.Keep - mean * rule.Rate / size).Store(w + i);
        }
        for (; i < count; i++)
        {
            m[i] = m[i] * rule.Beta1 + g[i] * rule.Rest1;
            v[i] = v[i] * rule.Beta2 + g[i] * g[i] * rule.Rest2;
            w[i] = w[i] * rule.Keep - m[i] * rule.Rate / (MathF.Sqrt(v[i]) * rule.Root + rule.Eps);
        }
    }

    private readonly record struct Rule(
        float Keep, float Rate, float Root, float Beta1, float Rest1, float Beta2, float Rest2, float Eps);
}
