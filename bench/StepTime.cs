using System.Diagnostics;
using System.Globalization;
using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Training;
using static TorchSharp.torch;

namespace TurkishLlm.Bench;

/// <summary>One training step on random tokens: forward, loss, backward, clipping, AdamW. Median of several after a warm-up.</summary>
internal static class StepTime
{
    public static int Run(string preset)
    {
        var config = preset == "v2" ? ModelConfig.V2 : ModelConfig.V1;
        const int rows = 4, length = 512, repeats = 7;
        foreach (var compute in Enum.GetValues<ComputeType>())
            foreach (var threads in new[] { 1, Environment.ProcessorCount }.Distinct())
            {
                set_num_threads(threads);
                var seconds = Measure(config, compute, rows, length, repeats);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{preset} {compute,-8} {threads} threads, {rows} × {length}: median {seconds[seconds.Count / 2]:F2} s ({seconds[0]:F2} … {seconds[^1]:F2}), {rows * length / seconds[seconds.Count / 2]:F0} tokens/s"));
            }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"peak memory of all of it: {Process.GetCurrentProcess().PeakWorkingSet64 / 1e9:F2} GB"));
        return 0;
    }

    private static List<double> Measure(ModelConfig config, ComputeType compute, int rows, int length, int repeats)
    {
        using var parameters = Initialization.Draw(config, seed: 1234, CPU);
        using var model = new LanguageModel(parameters, compute);
        using var optimizer = new AdamW(parameters, new AdamWSettings(0.9, 0.95, 1e-8, 0.1));
        using var generator = new Generator(7);
        var seconds = new List<double>();
        for (var i = 0; i <= repeats; i++)
        {
            using var scope = NewDisposeScope();
            var ids = randint(config.VocabSize, [rows, length + 1], dtype: int64, generator: generator);
            var batch = new TokenBatch(ids.narrow(1, 0, length), ids.narrow(1, 1, length), rows * length);
            var started = Stopwatch.GetTimestamp();
            AccumulatedGradient.Compute(model, [batch], batch.CountedTargets);
            GradientClipping.ByGlobalNorm(parameters, 1);
            optimizer.Step(3e-4);
            if (i > 0) seconds.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        seconds.Sort();
        return seconds;
    }
}
