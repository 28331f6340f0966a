using System.Diagnostics;
using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Model.Layers;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;
using static System.FormattableString;
using static TorchSharp.torch;

namespace TurkishLlm.Monitoring.Progress;

/// <summary>Measures the peak rate of matrix products of a device, for the model FLOPs utilization.</summary>
public static class PeakBenchmark
{
    private const long Smallest = 512, Largest = 8192;
    private const double LongestProduct = 0.05, LongestSize = 0.1;

    /// <summary>
    /// Multiplies matrices of increasing size until a product takes a twentieth of a second, and returns the highest rate. Takes
    /// about half a second. Does not change the random numbers of training.
    /// </summary>
    /// <param name="device">The device.</param>
    /// <param name="compute">Number type of the products.</param>
    public static PeakRate Measure(Device device, ComputeType compute)
    {
        ArgumentNullException.ThrowIfNull(device);
        using var grad = no_grad();
        var (best, size) = (0.0, Smallest);
        for (var n = Smallest; n <= Largest; n *= 2)
        {
            var seconds = FastestProduct(n, device, compute);
            if (2.0 * n * n * n / seconds is var rate && rate > best) (best, size) = (rate, n);
            if (seconds > LongestProduct) break;
        }
        return new(best, Invariant($"measured: product of {size} × {size} in {PlanWriter.GetName(compute)}"));
    }

    private static double FastestProduct(long n, Device device, ComputeType compute)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        long[] column = [n, 1], row = [1, n];
        Tensor Drawn() =>
            randn(column, float32, generator: generator).to(device) * randn(row, float32, generator: generator).to(device);
        var (a, b) = (Drawn(), Drawn());
        // On the CPU as in training; elsewhere the operands are converted to the number type once, not in each product.
        Func<Tensor> multiply = () => MatrixProduct.Linear(a, b, compute);
        if (device.type != DeviceType.CPU && compute == ComputeType.BFloat16)
        {
            var (x, y) = (a.to(bfloat16), b.to(bfloat16));
            multiply = () => x.CheckedMatmul(y);
        }

        var (fastest, began) = (double.PositiveInfinity, Stopwatch.GetTimestamp());
        for (var i = 0; i < 2 || (i < 20 && Stopwatch.GetElapsedTime(began).TotalSeconds < LongestSize); i++)
        {
            CheckedOperators.Synchronize(device);
            var started = Stopwatch.GetTimestamp();
            multiply().Dispose();
            CheckedOperators.Synchronize(device);
            fastest = Math.Min(fastest, Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        return fastest;
    }
}
