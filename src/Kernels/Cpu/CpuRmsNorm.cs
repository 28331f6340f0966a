using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using TurkishLlm.Kernels.Autograd;
using TurkishLlm.Kernels.Native;
using static TorchSharp.torch;

namespace TurkishLlm.Kernels.Cpu;

/// <summary>
/// Computes y = x · scale · weight with scale = 1/√(mean(x²) + eps), with one pass over each row in each direction.
/// </summary>
internal static unsafe class CpuRmsNorm
{
    // The gradient of the weight is summed over blocks of this size, so that it does not depend on the number of threads.
    private const int RowsPerBlock = 64;

    public static Tensor Apply(Tensor input, Tensor weight, double eps)
    {
        using var scope = NewDisposeScope();
        var inputs = new[] { input, weight };
        var needsGradient = AutogradFunction.IsGradientRequired(inputs);
        using var grad = no_grad();
        Tensor x = input.contiguous(), w = weight.contiguous(), y = OutputTensor.EmptyLike(x),
            scales = OutputTensor.Empty([x.numel() / x.shape[^1]]);
        Forward(x, w, (float)eps, y, scales);
        if (!needsGradient) return y.MoveToOuterDisposeScope();
        return AutogradFunction.Record(inputs, [y], [x, w, scales], Backward)[0].MoveToOuterDisposeScope();
    }

    private static void Forward(Tensor x, Tensor weight, float eps, Tensor y, Tensor scales)
    {
        var (width, rows) = ((int)x.shape[^1], scales.numel());
        float* from = TensorMemory.GetFloatPointer(x), w = TensorMemory.GetFloatPointer(weight),
            to = TensorMemory.GetFloatPointer(y), scale = TensorMemory.GetFloatPointer(scales);
        Workers.Run(CountBlocks(rows), block =>
        {
            for (long row = block * (long)RowsPerBlock; row < Math.Min(rows, (block + 1L) * RowsPerBlock); row++)
                scale[row] = Normalize(from + row * width, w, eps, to + row * width, width);
        });
        GC.KeepAlive(y);
    }

    private static Tensor?[] Backward(Tensor[] saved, Tensor?[] gradients)
    {
        Tensor x = saved[0], weight = saved[1], scales = saved[2],
            dy = gradients[0]!.contiguous(), dx = OutputTensor.EmptyLike(x);
        var (width, rows) = ((int)x.shape[^1], scales.numel());
        var partial = zeros([CountBlocks(rows), width], float32);
        float* from = TensorMemory.GetFloatPointer(x),
            w = TensorMemory.GetFloatPointer(weight),
            scale = TensorMemory.GetFloatPointer(scales);
        float* g = TensorMemory.GetFloatPointer(dy),
            to = TensorMemory.GetFloatPointer(dx),
            sums = TensorMemory.GetFloatPointer(partial);
        Workers.Run(CountBlocks(rows), block =>
        {
            for (long row = block * (long)RowsPerBlock; row < Math.Min(rows, (block + 1L) * RowsPerBlock); row++)
                BackwardRow(
                    from + row * width, w, scale[row], g + row * width, to + row * width, sums + (long)block * width, width);
        });
        return [dx, partial.sum(0L)];
    }

    private static int CountBlocks(long rows) => (int)((rows + RowsPerBlock - 1) / RowsPerBlock);

    /// <summary>Normalizes a row and returns its scale.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static float Normalize(float* x, float* w, float eps, float* y, int width)
    {
        var squares = Vector512<float>.Zero;
        var i = 0;
        for (; i + VectorMath.Lanes <= width; i += VectorMath.Lanes)
        {
            var v = Vector512.Load(x + i);
            squares = Vector512.FusedMultiplyAdd(v, v, squares);
        }
        var sum = Vector512.Sum(squares);
        for (var rest = i; rest < width; rest++) sum += x[rest] * x[rest];
        var scale = 1 / MathF.Sqrt(sum / width + eps);
        var all = Vector512.Create(scale);
        for (i = 0; i + VectorMath.Lanes <= width; i += VectorMath.Lanes)
            (Vector512.Load(x + i) * all * Vector512.Load(w + i)).Store(y + i);
        for (; i < width; i++) y[i] = x[i] * scale * w[i];
        return scale;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void BackwardRow(float* x, float* w, float scale, float* g, float* dx, float* dw, int width)
    {
        var dots = Vector512<float>.Zero;
        var i = 0;
        for (; i + VectorMath.Lanes <= width; i += VectorMath.Lanes)
            dots = Vector512.FusedMultiplyAdd(Vector512.Load(g + i) * Vector512.Load(w + i), Vector512.Load(x + i), dots);
        var dot = Vector512.Sum(dots);
        for (var rest = i; rest < width; rest++) dot += g[rest] * w[rest] * x[rest];
        var mean = dot * scale * scale / width;
        var (scales, means) = (Vector512.Create(scale), Vector512.Create(mean));
        for (i = 0; i + VectorMath.Lanes <= width; i += VectorMath.Lanes)
        {
            Vector512<float> vx = Vector512.Load(x + i), vg = Vector512.Load(g + i);
            (scales * (vg * Vector512.Load(w + i) - vx * means)).Store(dx + i);
            Vector512.FusedMultiplyAdd(vg * vx, scales, Vector512.Load(dw + i)).Store(dw + i);
        }
        for (; i < width; i++)
        {
            dx[i] = scale * (g[i] * w[i] - x[i] * mean);
            dw[i] += g[i] * x[i] * scale;
        }
    }
}
