using System.Diagnostics;
using System.Globalization;
using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Kernels;
using TurkishLlm.Training;
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
        Console.WriteLine(Peer.Machine());
        Console.WriteLine(Invariant($"{preset}, {Rows} × {Length}, {Environment.ProcessorCount} threads: seconds a step, median (range) of {Repeats}"));
        foreach (var compute in Enum.GetValues<ComputeType>())
        {
            Fused[] levers = [Fused.All, .. Enum.GetValues<Fused>().Where(one => one is not (Fused.None or Fused.All)).Select(one => Fused.All & ~one), Fused.None];
            foreach (var kernels in levers) Show(preset, compute, kernels, "keep");
            Show(preset, compute, Fused.All, "system");
        }
        return 0;
    }

    /// <summary>One lever in a process of its own, so that its memory is its own.</summary>
    public static int Work(string preset, ComputeType compute, Fused kernels)
    {
        CheckedOperators.UseThreads(Environment.ProcessorCount);
        Console.WriteLine(Peer.Spread(Measure(preset == "v2" ? ModelConfig.V2 : ModelConfig.V1, compute, kernels), "0.00"));
        return 0;
    }

    private static void Show(string preset, ComputeType compute, Fused kernels, string memory)
    {
        var name = (kernels, memory) switch
        {
            (_, "system") => "all kernels, memory given back",
            (Fused.All, _) => "all kernels",
            (Fused.None, _) => "plain operators",
            _ => $"without {Fused.All & ~kernels}",
        };
        var found = Peer.Ourselves(["env", $"TURKISHLLM_MEMORY={memory}"], "step-worker", preset, compute.ToString(), ((int)kernels).ToString(CultureInfo.InvariantCulture));
        Console.WriteLine(Invariant($"  {compute,-9} {name,-32} {found.Output.Trim(),-20} peak {found.PeakBytes / 1e9:F2} GB"));
    }

    private static List<double> Measure(ModelConfig config, ComputeType compute, Fused kernels)
    {
        using var parameters = Initialization.Draw(config, seed: 1234, CPU);
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
            AccumulatedGradient.Compute(model, [batch], batch.CountedTargets);
            GradientClipping.ByGlobalNorm(parameters, 1);
            optimizer.Step(3e-4);
            parameters.ClearGradients();
            if (i >= 0) seconds.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        return seconds;
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
