using System.Diagnostics;
using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Model.Layers;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;
using static TorchSharp.torch;

namespace TurkishLlm.Monitoring.Progress;

/// <summary>Measures how fast a device multiplies square matrices: what a share of the peak is a share of.</summary>
public static class PeakBenchmark
{
    private const long Smallest = 512, Largest = 8192;
    private const double LongestProduct = 0.05, LongestSize = 0.1;

    /// <summary>
    /// Multiplies ever larger matrices until a product takes a twentieth of a second, and takes the fastest. About half a
    /// second in all. The random numbers of training are not touched.
    /// </summary>
    /// <param name="device">Where to.</param>
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
        return new(best, FormattableString.Invariant($"measured: product of {size} × {size} in {PlanWriter.GetName(compute)}"));
    }

    private static double FastestProduct(long n, Device device, ComputeType compute)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        long[] column = [n, 1], row = [1, n];
        Tensor Drawn() => randn(column, float32, generator: generator).to(device) * randn(row, float32, generator: generator).to(device);
        var (a, b) = (Drawn(), Drawn());
        // On a processor as training does it; elsewhere the operands are brought to the number type once, not in each product.
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
