using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Kernels.Native;
using TurkishLlm.Model;
using TurkishLlm.Model.Formats;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Training;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Optimization;
using static System.FormattableString;
using static TorchSharp.torch;

namespace TurkishLlm.Bench;

/// <summary>Our side of <c>bench gpu</c>, in processes of their own.</summary>
internal static class GpuWorker
{
    /// <summary>Takes steps in bfloat16 on request; see <see cref="Worker"/>.</summary>
    public static int RunWorker(string weights, string batches, int rows, DeviceChoice choice)
    {
        var config = RandomModel.ReadConfig(weights);
        var device = TrainingDevice.Resolve(choice);
        using var parameters = ParameterFile.Load(weights, config, device);
        using var model = new LanguageModel(parameters, ComputeType.BFloat16);
        using var optimizer = new AdamW(parameters, new AdamWSettings(0.9, 0.95, 1e-8, 0.1));
        var sources = GpuBatches.Read(batches, rows * config.MaxSeqLen).Select(Source).ToArray();
        Console.WriteLine(Invariant($"ready {parameters.ElementCount} {TorchLibrary.Version}"));
        try
        {
            for (var taken = 0; Console.ReadLine() is { } line;)
            {
                var (loss, count) = (0.0, int.Parse(line, CultureInfo.InvariantCulture));
                CheckedOperators.Synchronize(device);
                var started = Stopwatch.GetTimestamp();
                for (var i = 0; i < count; i++) loss = Step(sources[taken++ % sources.Length]);
                CheckedOperators.Synchronize(device);
                Console.WriteLine(Invariant($"{Stopwatch.GetElapsedTime(started).TotalSeconds:R} {loss:R} 0"));
            }
        }
        catch (ExternalException error) when (error.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase))
        {
            Console.WriteLine("out of memory");
        }
        return 0;

        // As in training: windows of text are copied as they are, rows of conversations are looked through for what counts.
        Func<TokenBatch> Source(GpuBatch step)
        {
            if (step.SegmentStarts.Any(start => start > 0))
                return () => TokenBatch.Create(step.Inputs, step.Targets, rows, device, step.SegmentStarts);
            long[] shape = [rows, config.MaxSeqLen];
            var (inputs, targets) = (tensor(step.Inputs, shape), tensor(step.Targets, shape));
            return () => new TokenBatch(inputs.to(device), targets.to(device), step.Inputs.Length);
        }

        double Step(Func<TokenBatch> source)
        {
            using var scope = NewDisposeScope();
            var batch = source();
            var loss = GradientAccumulation.Compute(model, [batch], batch.LossTerms);
            GradientClipping.ClipByGlobalNorm(parameters, 1);
            optimizer.Step(3e-4);
            parameters.ClearGradients();
            return loss;
        }
    }

    /// <summary>
    /// Prints the most operations a second of a square bfloat16 product, and the most bytes a second of a copy, read and written.
    /// </summary>
    public static int MeasurePeaks(DeviceChoice choice, long size, long bytes)
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        var device = TrainingDevice.Resolve(choice);
        var (a, b) = (randn([size, size], device: device).to(bfloat16), randn([size, size], device: device).to(bfloat16));
        var (from, to) = (ones(bytes / 4, float32, device), zeros(bytes / 4, float32, device));
        var product = MeasureFastest(device, () => a.CheckedMatmul(b).Dispose());
        var copy = MeasureFastest(device, () => to.copy_(from));
        Console.WriteLine(Invariant($"{2.0 * size * size * size / product:R} {2.0 * bytes / copy:R}"));
        return 0;
    }

    // Seconds of one, where ten run one after the other.
    private static double MeasureFastest(Device device, Action work)
    {
        work();
        return Enumerable.Range(0, 5).Min(_ =>
        {
            CheckedOperators.Synchronize(device);
            var started = Stopwatch.GetTimestamp();
            for (var i = 0; i < 10; i++) work();
            CheckedOperators.Synchronize(device);
            return Stopwatch.GetElapsedTime(started).TotalSeconds / 10;
        });
    }
}
