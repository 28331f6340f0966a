using System.Diagnostics;
using System.Globalization;
using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Optimization;
using static System.FormattableString;
using static TorchSharp.torch;

namespace TurkishLlm.Bench;

/// <summary>
/// One training step with each lever switched off in turn: forward, loss, backward, clipping, AdamW on random tokens.
/// Median of several after a warm-up.
/// </summary>
internal static class StepTime
{
    private const int Rows = 4, Length = 512, Repeats = 5;

    public static int Run(string preset)
    {
        Console.WriteLine(BenchmarkProcess.DescribeMachine());
        Console.WriteLine(
            Invariant(
                $"{preset}, {Rows} × {Length}, {Environment.ProcessorCount} threads: seconds a step, median (range) of {Repeats}")
        );
        foreach (var compute in Enum.GetValues<ComputeType>())
        {
            FusedKernels[] levers =
            [
                FusedKernels.All, .. Enum.GetValues<FusedKernels>()
                    .Where(one => one is not (FusedKernels.None or FusedKernels.All))
                    .Select(one => FusedKernels.All & ~one),
                FusedKernels.None,
            ];
            foreach (var kernels in levers) RunVariant(preset, compute, kernels, "keep");
            RunVariant(preset, compute, FusedKernels.All, "system");
        }
        return 0;
    }

    /// <summary>One lever in a process of its own, so that its memory is its own.</summary>
    public static int RunWorker(string preset, ComputeType compute, FusedKernels kernels)
    {
        CheckedOperators.SetNumThreads(Environment.ProcessorCount);
        Console.WriteLine(
            BenchmarkProcess.FormatSpread(Measure(preset == "v2" ? ModelConfig.V2 : ModelConfig.V1, compute, kernels), "0.00"));
        return 0;
    }

    private static void RunVariant(string preset, ComputeType compute, FusedKernels kernels, string memory)
    {
        var name = (kernels, memory) switch
        {
            (_, "system") => "all kernels, memory given back",
            (FusedKernels.All, _) => "all kernels",
            (FusedKernels.None, _) => "plain operators",
            _ => $"without {FusedKernels.All & ~kernels}",
        };
        var found = BenchmarkProcess.RunSelf(
            ["env", $"TURKISHLLM_MEMORY={memory}"],
            "step-worker", preset, compute.ToString(),
            ((int)kernels).ToString(CultureInfo.InvariantCulture));
        Console.WriteLine(Invariant($"  {compute,-9} {name,-32} {found.Output.Trim(),-20} peak {found.PeakBytes / 1e9:F2} GB"));
    }

    private static List<double> Measure(ModelConfig config, ComputeType compute, FusedKernels kernels)
    {
        using var parameters = WeightInitializer.Initialize(config, seed: 1234, CPU);
        using var model = new LanguageModel(parameters, compute, kernels);
        using var optimizer = new AdamW(parameters, new AdamWSettings(0.9, 0.95, 1e-8, 0.1), kernels);
        using var generator = new Generator(7);
        var seconds = new List<double>();
        for (var i = -1; i < Repeats; i++)
        {
            using var scope = NewDisposeScope();
            var ids = randint(config.VocabSize, [Rows, Length + 1], dtype: int64, generator: generator);
            var batch = new TokenBatch(ids.narrow(1, 0, Length), ids.narrow(1, 1, Length), Rows * Length);
            var started = Stopwatch.GetTimestamp();
            GradientAccumulation.Compute(model, [batch], batch.LossTerms);
            GradientClipping.ClipByGlobalNorm(parameters, 1);
            optimizer.Step(3e-4);
            parameters.ClearGradients();
            if (i >= 0) seconds.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        return seconds;
    }
}
