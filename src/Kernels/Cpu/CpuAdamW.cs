using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using TurkishLlm.Kernels.Native;
using static TorchSharp.torch;

namespace TurkishLlm.Kernels.Cpu;

/// <summary>One AdamW update of one tensor, in a single pass over its elements.</summary>
internal static unsafe class CpuAdamW
{
    private const int ElementsPerTask = 1 << 16;

    public static void Apply(
        Tensor weight, Tensor gradient, Tensor expAvg, Tensor expAvgSq,
        double learningRate, double beta1, double beta2, double eps, double weightDecay, long step)
    {
        using var contiguous = gradient.contiguous();
        double meanCorrection = 1 - Math.Pow(beta1, step), squareCorrection = 1 - Math.Pow(beta2, step);
        var rule = new Coefficients(
            DecayFactor: (float)(1 - learningRate * weightDecay), StepSize: (float)(learningRate / meanCorrection),
            SecondMomentScale: (float)(1 / Math.Sqrt(squareCorrection)),
            Beta1: (float)beta1,
            OneMinusBeta1: (float)(1 - beta1), Beta2: (float)beta2, OneMinusBeta2: (float)(1 - beta2), Eps: (float)eps);
        float* w = TensorMemory.GetFloatPointer(weight), g = TensorMemory.GetFloatPointer(contiguous),
            m = TensorMemory.GetFloatPointer(expAvg), v = TensorMemory.GetFloatPointer(expAvgSq);
        var count = weight.numel();
        Workers.Run((int)((count + ElementsPerTask - 1) / ElementsPerTask), task =>
        {
            var first = task * (long)ElementsPerTask;
            Update(rule, w + first, g + first, m + first, v + first, (int)Math.Min(ElementsPerTask, count - first));
        });
        GC.KeepAlive((weight, expAvg, expAvgSq));
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Update(Coefficients rule, float* w, float* g, float* m, float* v, int count)
    {
        var i = 0;
        for (; i + VectorMath.Lanes <= count; i += VectorMath.Lanes)
        {
            var gradient = Vector512.Load(g + i);
            var mean = Vector512.Load(m + i) * rule.Beta1 + gradient * rule.OneMinusBeta1;
            var square = Vector512.Load(v + i) * rule.Beta2 + gradient * gradient * rule.OneMinusBeta2;
            mean.Store(m + i);
            square.Store(v + i);
            var size = Vector512.Sqrt(square) * rule.SecondMomentScale + Vector512.Create(rule.Eps);
            (Vector512.Load(w + i) * rule.DecayFactor - mean * rule.StepSize / size).Store(w + i);
        }
        for (; i < count; i++)
        {
            m[i] = m[i] * rule.Beta1 + g[i] * rule.OneMinusBeta1;
            v[i] = v[i] * rule.Beta2 + g[i] * g[i] * rule.OneMinusBeta2;
            w[i] = w[i] * rule.DecayFactor - m[i] * rule.StepSize / (MathF.Sqrt(v[i]) * rule.SecondMomentScale + rule.Eps);
        }
    }

    private readonly record struct Coefficients(
        float DecayFactor,
        float StepSize, float SecondMomentScale, float Beta1, float OneMinusBeta1, float Beta2, float OneMinusBeta2, float Eps);
}
