using System.Diagnostics;
using System.Globalization;
using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Optimization;
using static System.FormattableString;
using static TorchSharp.torch;

namespace TurkishLlm.Bench;

/// <summary>
/// Memory and time of activation checkpointing: one training step on one row, usual and with recomputed blocks, each in a process
/// of its own. Gradients must have the same bits.
/// </summary>
internal static class ActivationCheckpoints
{
    private static readonly int[] Lengths = [2048, 8192];

    public static int Run(string preset, int steps)
    {
        Console.WriteLine(BenchmarkProcess.DescribeMachine());
        Console.WriteLine(Invariant(
            $"{preset}, float32, {Environment.ProcessorCount} threads; seconds a step are the median (range) of {steps}"));
        var differ = false;
        foreach (var length in Lengths)
        {
            var hashes = new[] { false, true }.Select(recomputes => Measure(preset, length, steps, recomputes)).ToArray();
            differ |= hashes[0] != hashes[1];
            Console.WriteLine(hashes[0] == hashes[1] ? "    gradients: the same bits" : "    gradients: DIFFERENT");
        }
        return differ ? 1 : 0;
    }

    /// <summary>Takes the steps of one case; prints the hash of the gradients of the last, and the seconds.</summary>
    public static int RunWorker(string preset, int length, int steps, bool recomputes)
    {
        CheckedOperators.SetNumThreads(Environment.ProcessorCount);
        var config = CreateConfig(preset, length);
        using var parameters = WeightInitializer.Initialize(config, seed: 1234, CPU);
        using var model = new LanguageModel(parameters, recomputesBlocks: recomputes);
        using var optimizer = new AdamW(parameters, new AdamWSettings(0.9, 0.95, 1e-8, 0.1));
        using var generator = new Generator(7);
        var (seconds, hash) = (new List<double>(), "");
        for (var step = 0; step <= steps; step++)
        {
            using var scope = NewDisposeScope();
            var ids = randint(config.VocabSize, [1, length + 1], dtype: int64, generator: generator);
            var batch = new TokenBatch(ids.narrow(1, 0, length).contiguous(), ids.narrow(1, 1, length).contiguous(), length);
            var started = Stopwatch.GetTimestamp();
            GradientAccumulation.Compute(model, [batch], batch.LossTerms);
            if (step == steps) hash = HashGradients(parameters);
            GradientClipping.ClipByGlobalNorm(parameters, 1);
            optimizer.Step(3e-4);
            parameters.ClearGradients();
            if (step > 0) seconds.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        using var process = Process.GetCurrentProcess();
        Console.WriteLine(Invariant($"{hash} {process.PeakWorkingSet64} ") + BenchmarkProcess.FormatSpread(seconds, "0.00"));
        return 0;
    }

    private static string Measure(string preset, int length, int steps, bool recomputes)
    {
        var words = BenchmarkProcess.RunSelf(
            onOneCore: false, "checkpointing-worker", preset, length.ToString(CultureInfo.InvariantCulture),
            steps.ToString(CultureInfo.InvariantCulture), recomputes ? "blocks" : "none").Output.Trim().Split(' ', 3);
        var peak = long.Parse(words[1], CultureInfo.InvariantCulture) / 1e9;
        Console.WriteLine(
            Invariant($"  1 × {length}  {(recomputes ? "blocks" : "none"),-6}  peak {peak:F2} GB  {words[2]} s"));
        return words[0];
    }

    // A narrow v1 has its depth and its heads, and a vocabulary in which logits are not what is measured.
    private static ModelConfig CreateConfig(string preset, int length) => preset switch
    {
        "v2" => ModelConfig.V2.With(maxSeqLen: length, dropout: 0),
        "narrow" => new(4096, dModel: 128, nLayers: 12, nHeads: 4, nKvHeads: 2, dFf: 344, maxSeqLen: length),
        _ => ModelConfig.V1.With(maxSeqLen: length),
    };

    private static string HashGradients(ParameterTable parameters)
    {
        using var gradients = parameters.CreateLike(name => parameters[name].grad!.clone());
        return ParameterHash.Compute(gradients);
    }
}
