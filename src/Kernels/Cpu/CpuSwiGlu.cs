using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Kernels;

/// <summary>
/// (SiLU(gate) ⊙ up)·Wᵀ, some rows at a time: the gated rows are multiplied while they are in the cache and are not kept; the
/// backward pass computes them again.
/// </summary>
internal static unsafe class CpuSwiGlu
{
    private const int RowsPerTask = 128;

    public static Tensor Apply(Tensor gate, Tensor up, Tensor weight, bool inBFloat16) =>
        inBFloat16 ? Apply<ushort, BFloat16Product>(gate, up, weight) : Apply<float, Float32Product>(gate, up, weight);

    private static Tensor Apply<T, TProduct>(Tensor gateInput, Tensor upInput, Tensor weight)
        where T : unmanaged
        where TProduct : IProduct<T>
    {
        using var scope = NewDisposeScope();
        Tensor[] inputs = [gateInput, upInput, weight];
        var needsGradient = DifferentiableOperation.IsNeeded(inputs);
        var needsW = weight.requires_grad;
        using var grad = no_grad();
        Tensor gate = gateInput.contiguous(), up = upInput.contiguous();
        var w = Operand<T>.Of<TProduct>(weight);
        var y = Forward<T, TProduct>(gate, up, w);
        if (!needsGradient) return y.MoveToOuterDisposeScope();
        return DifferentiableOperation.Record(
            inputs, [y], [gate, up, w.Tensor],
            (saved, gradients) => Gradients<T, TProduct>(saved, gradients[0]!, needsW))[0].MoveToOuterDisposeScope();
    }

    private static Tensor Forward<T, TProduct>(Tensor gate, Tensor up, Operand<T> w)
        where T : unmanaged
        where TProduct : IProduct<T>
    {
        var (g, u, inner, width) = (new Operand<float>(gate), new Operand<float>(up), w.Width, w.Rows);
        var y = OutputTensor.Empty([.. gate.shape[..^1], width]);
        var to = TensorMemory.Floats(y);
        using var rights = new RightOperands<T>([TProduct.RightSize(inner, width)]);
        var right = TProduct.RightTransposed(w.Pointer, inner, width, inner, rights.Room(0));
        Workers.Run((g.Rows + RowsPerTask - 1) / RowsPerTask, task =>
        {
            var first = task * RowsPerTask;
            var count = Math.Min(RowsPerTask, g.Rows - first);
            var gated = Scratch.Take<float>(0, (long)RowsPerTask * inner);
            Gate(g.Row(first), u.Row(first), gated, count * inner);
            var left = Left<T, TProduct>(gated, (long)count * inner, 1);
            TProduct.Multiply(count, width, inner, left, inner, right, to + (long)first * width, width, add: false);
        });
        return y;
    }

    private static Tensor?[] Gradients<T, TProduct>(Tensor[] saved, Tensor gradient, bool needsW)
        where T : unmanaged
        where TProduct : IProduct<T>
    {
        var (g, u, w) = (new Operand<float>(saved[0]), new Operand<float>(saved[1]), new Operand<T>(saved[2]));
        var (inner, width) = (w.Width, w.Rows);
        var dy = Operand<T>.Of<TProduct>(gradient);
        Tensor dgate = OutputTensor.EmptyLike(saved[0]), dup = OutputTensor.EmptyLike(saved[1]);
        var (dg, du) = (new Operand<float>(dgate), new Operand<float>(dup));
        var gated = new Operand<T>(
            OutputTensor.Empty([g.Rows, inner], typeof(T) == typeof(float) ? ScalarType.Float32 : ScalarType.BFloat16));
        using var rights = new RightOperands<T>([TProduct.RightSize(width, inner), TProduct.RightSize(g.Rows, inner)]);
        var right = TProduct.Right(w.Pointer, width, inner, inner, rights.Room(0));
        Workers.Run((g.Rows + RowsPerTask - 1) / RowsPerTask, task =>
        {
            var first = task * RowsPerTask;
            var count = Math.Min(RowsPerTask, g.Rows - first);
            // The gradient of the gated rows takes the place where that of the gate will be.
            TProduct.Multiply(count, inner, width, dy.Row(first), width, right, dg.Row(first), inner, add: false);
            var exact = typeof(T) == typeof(float) ? (float*)gated.Row(first) : Scratch.Take<float>(0, (long)RowsPerTask * inner);
            GateGradient(g.Row(first), u.Row(first), dg.Row(first), du.Row(first), exact, count * inner);
            TProduct.Store(exact, (long)count * inner, gated.Row(first));
        });
        if (!needsW) return [dgate, dup, null];
        var rows = gated.AsRight<TProduct>(rights.Room(1));
        return [dgate, dup, CpuLinears.WeightGradient<T, TProduct>(dy, rows, g.Rows, inner)];
    }

    // Numbers as a left operand: where they are, or rounded to a room of the thread.
    private static T* Left<T, TProduct>(float* numbers, long count, int room)
        where T : unmanaged
        where TProduct : IProduct<T>
    {
        if (typeof(T) == typeof(float)) return (T*)numbers;
        var rounded = Scratch.Take<T>(room, count);
        TProduct.Store(numbers, count, rounded);
        return rounded;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Gate(float* gate, float* up, float* gated, int count)
    {
        var i = 0;
        for (; i + VectorMath.Lanes <= count; i += VectorMath.Lanes)
        {
            var g = Vector512.Load(gate + i);
            (g * VectorMath.Sigmoid(g) * Vector512.Load(up + i)).Store(gated + i);
        }
        for (; i < count; i++) gated[i] = gate[i] / (1 + VectorMath.Exp(-gate[i])) * up[i];
    }

    // dgate holds the gradient of the gated numbers at first.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void GateGradient(float* gate, float* up, float* dgate, float* dup, float* gated, int count)
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
