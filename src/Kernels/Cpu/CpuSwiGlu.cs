using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using TurkishLlm.Kernels.Autograd;
using TurkishLlm.Kernels.Native;
using static TorchSharp.torch;

namespace TurkishLlm.Kernels.Cpu;

/// <summary>
/// Computes (SiLU(gate) ⊙ up)·Wᵀ, some rows at a time: the gated rows are multiplied while they are in the cache and are not
/// kept; the backward pass recomputes them.
/// </summary>
internal static unsafe class CpuSwiGlu
{
    private const int RowsPerTask = 128;

    public static Tensor Apply(Tensor gate, Tensor up, Tensor weight, bool inBFloat16) =>
        inBFloat16 ? Apply<ushort, BFloat16Gemm>(gate, up, weight) : Apply<float, Float32Gemm>(gate, up, weight);

    private static Tensor Apply<T, TGemm>(Tensor gateInput, Tensor upInput, Tensor weight)
        where T : unmanaged
        where TGemm : IGemm<T>
    {
        using var scope = NewDisposeScope();
        Tensor[] inputs = [gateInput, upInput, weight];
        var needsGradient = AutogradFunction.IsGradientRequired(inputs);
        var needsW = weight.requires_grad;
        using var grad = no_grad();
        Tensor gate = gateInput.contiguous(), up = upInput.contiguous();
        var w = Operand<T>.Create<TGemm>(weight);
        var y = Forward<T, TGemm>(gate, up, w);
        if (!needsGradient) return y.MoveToOuterDisposeScope();
        return AutogradFunction.Record(
            inputs, [y], [gate, up, w.Tensor],
            (saved, gradients) => Backward<T, TGemm>(saved, gradients[0]!, needsW))[0].MoveToOuterDisposeScope();
    }

    private static Tensor Forward<T, TGemm>(Tensor gate, Tensor up, Operand<T> w)
        where T : unmanaged
        where TGemm : IGemm<T>
    {
        var (g, u, inner, width) = (new Operand<float>(gate), new Operand<float>(up), w.Width, w.Rows);
        var y = OutputTensor.Empty([.. gate.shape[..^1], width]);
        var to = TensorMemory.GetFloatPointer(y);
        using var rights = new RightOperands<T>([TGemm.GetPackedRightSize(inner, width)]);
        var right = TGemm.PackRightTransposed(w.Pointer, inner, width, inner, rights.GetBuffer(0));
        Workers.Run((g.Rows + RowsPerTask - 1) / RowsPerTask, task =>
        {
            var first = task * RowsPerTask;
            var count = Math.Min(RowsPerTask, g.Rows - first);
            var gated = Scratch.GetBuffer<float>(0, (long)RowsPerTask * inner);
            ApplyGate(g.Row(first), u.Row(first), gated, count * inner);
            var left = PackLeft<T, TGemm>(gated, (long)count * inner, 1);
            TGemm.Multiply(count, width, inner, left, inner, right, to + (long)first * width, width, add: false);
        });
        return y;
    }

    private static Tensor?[] Backward<T, TGemm>(Tensor[] saved, Tensor gradient, bool needsW)
        where T : unmanaged
        where TGemm : IGemm<T>
    {
        var (g, u, w) = (new Operand<float>(saved[0]), new Operand<float>(saved[1]), new Operand<T>(saved[2]));
        var (inner, width) = (w.Width, w.Rows);
        var dy = Operand<T>.Create<TGemm>(gradient);
        Tensor dgate = OutputTensor.EmptyLike(saved[0]), dup = OutputTensor.EmptyLike(saved[1]);
        var (dg, du) = (new Operand<float>(dgate), new Operand<float>(dup));
        var gated = new Operand<T>(
            OutputTensor.Empty([g.Rows, inner], typeof(T) == typeof(float) ? ScalarType.Float32 : ScalarType.BFloat16));
        using var rights = new RightOperands<T>([
            TGemm.GetPackedRightSize(width, inner), TGemm.GetPackedRightSize(g.Rows, inner),
        ]);
        var right = TGemm.PackRight(w.Pointer, width, inner, inner, rights.GetBuffer(0));
        Workers.Run((g.Rows + RowsPerTask - 1) / RowsPerTask, task =>
        {
            var first = task * RowsPerTask;
            var count = Math.Min(RowsPerTask, g.Rows - first);
            // The gradient of the gated rows is stored where that of the gate will be.
            TGemm.Multiply(count, inner, width, dy.Row(first), width, right, dg.Row(first), inner, add: false);
            var exact =
                typeof(T) == typeof(float) ? (float*)gated.Row(first) : Scratch.GetBuffer<float>(0, (long)RowsPerTask * inner);
            BackwardGate(g.Row(first), u.Row(first), dg.Row(first), du.Row(first), exact, count * inner);
            TGemm.PackLeft(exact, (long)count * inner, gated.Row(first));
        });
        if (!needsW) return [dgate, dup, null];
        var rows = gated.PackRight<TGemm>(rights.GetBuffer(1));
        return [dgate, dup, CpuLinear.ComputeWeightGradient<T, TGemm>(dy, rows, g.Rows, inner)];
    }

    // Returns numbers as a left operand: in place, or rounded to a scratch buffer of the thread.
    private static T* PackLeft<T, TGemm>(float* numbers, long count, int slot)
        where T : unmanaged
        where TGemm : IGemm<T>
    {
        if (typeof(T) == typeof(float)) return (T*)numbers;
        var rounded = Scratch.GetBuffer<T>(slot, count);
        TGemm.PackLeft(numbers, count, rounded);
        return rounded;
    }

    /// <summary>Computes gated = SiLU(gate) ⊙ up.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void ApplyGate(float* gate, float* up, float* gated, int count)
    {
        var i = 0;
        for (; i + VectorMath.Lanes <= count; i += VectorMath.Lanes)
        {
            var g = Vector512.Load(gate + i);
            (g * VectorMath.Sigmoid(g) * Vector512.Load(up + i)).Store(gated + i);
        }
        for (; i < count; i++) gated[i] = gate[i] / (1 + VectorMath.Exp(-gate[i])) * up[i];
    }

    // dgate initially holds the gradient of the gated rows.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void BackwardGate(float* gate, float* up, float* dgate, float* dup, float* gated, int count)
    {
        var i = 0;
        for (; i + VectorMath.Lanes <= count; i += VectorMath.Lanes)
        {
            Vector512<float> g = Vector512.Load(gate + i), u = Vector512.Load(up + i), d = Vector512.Load(dgate + i);
            var s = VectorMath.Sigmoid(g);
            var silu = g * s;
            (silu * u).Store(gated + i);
            (d * silu).Store(dup + i);
            (d * u * s * (Vector512<float>.One + g * (Vector512<float>.One - s))).Store(dgate + i);
        }
        for (; i < count; i++)
        {
            float g = gate[i], d = dgate[i], s = 1 / (1 + VectorMath.Exp(-g)), silu = g * s;
            gated[i] = silu * up[i];
            dup[i] = d * silu;
            dgate[i] = d * up[i] * s * (1 + g * (1 - s));
        }
    }
}
