using System.Diagnostics;
using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Model;
using TurkishLlm.Model.Formats;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Optimization;
using static System.FormattableString;
using static TorchSharp.torch;

namespace TurkishLlm.Bench;

/// <summary>Whole training steps, ours and PyTorch's of the same model, in alternation.</summary>
/// <remarks>
/// Needs the distribution's python3-torch. Every contestant is a process of its own that takes a step on request, from
/// the same weights and on the same tokens; while one works the others wait. Forward, loss, backward, clipping, AdamW.
/// </remarks>
internal static class TrainStep
{
    private static readonly (int Rows, int Length)[] Shapes = [(4, 512), (1, 2048)];

    /// <summary>Times every contestant in every shape, on all cores and on one.</summary>
    /// <param name="preset">The model.</param>
    /// <param name="rounds">Steps of each that are timed; two more warm up.</param>
    public static int Run(string preset, int rounds)
    {
        Console.WriteLine(BenchmarkProcess.DescribeMachine());
        return RunInTemporaryFolder(preset, rounds + 2, (folder, tokens) =>
        {
            foreach (var (rows, length) in Shapes)
                foreach (var threads in new[] { Environment.ProcessorCount, 1 }.Distinct())
                {
                    Console.WriteLine(
                        Invariant($"\n{preset}, {rows} × {length}, {threads} {(threads == 1 ? "thread" : "threads")}: ")
                        + Invariant($"seconds a step, median (range) of {rounds}"));
                    Console.WriteLine(Invariant($"  {"",-30} {"seconds",-22} {"tokens/s",8} {"peak GB",8}"));
                    RunRounds(CreateTargets(preset, folder, tokens, rows, length, threads), rounds, rows * length);
                }
        });
    }

    /// <summary>The losses of the first steps, ours and PyTorch's, both in float32.</summary>
    /// <param name="preset">The model.</param>
    /// <param name="steps">How many.</param>
    public static int CompareLosses(string preset, int steps)
    {
        Console.WriteLine(BenchmarkProcess.DescribeMachine());
        return RunInTemporaryFolder(preset, steps, (folder, tokens) =>
        {
            var (rows, length) = Shapes[0];
            var pair = CreateTargets(preset, folder, tokens, rows, length, Environment.ProcessorCount)
                .Where(c => c.Name is "ours, float32" or "PyTorch tuned, float32")
                .ToArray();
            var workers = pair.Select(c => new Worker(c)).ToArray();
            try
            {
                var largest = 0.0;
                for (var step = 1; step <= steps; step++)
                {
                    var losses = workers.Select(worker => RunStep(worker).Loss).ToArray();
                    largest = Math.Max(largest, Math.Abs(losses[0] - losses[1]) / losses[1]);
                    if (step == 1 || step % 10 == 0)
                        Console.WriteLine(
                            Invariant($"step {step, 4}   ours {losses[0]:F6}   PyTorch {losses[1]:F6}   ")
                            + Invariant($"largest relative difference so far {largest:E1}"));
                }
            }
            finally
            {
                foreach (var worker in workers) worker.Dispose();
            }
        });
    }

    /// <summary>The worker of our side.</summary>
    public static int RunWorker(string weights, string tokens, int rows, int length, int threads, ComputeType compute)
    {
        CheckedOperators.SetNumThreads(threads);
        var config = RandomModel.ReadConfig(weights);
        using var parameters = ParameterFile.Load(weights, config, CPU);
        using var model = new LanguageModel(parameters, compute);
        using var optimizer = new AdamW(parameters, new AdamWSettings(0.9, 0.95, 1e-8, 0.1));
        var ids = File.ReadAllBytes(tokens);
        var perStep = rows * (length + 1);
        Console.WriteLine("ready");
        for (long step = 0; Console.ReadLine() is not null; step++)
        {
            var (inputs, targets) = (new long[rows * length], new long[rows * length]);
            for (var row = 0; row < rows; row++)
                for (var i = 0; i < length; i++)
                {
                    var at = (int)(step % (ids.Length / 4 / perStep)) * perStep + row * (length + 1) + i;
                    (inputs[row * length + i], targets[row * length + i]) = (
                        BitConverter.ToInt32(ids, 4 * at),
                        BitConverter.ToInt32(ids, 4 * at + 4));
                }
            using var scope = NewDisposeScope();
            var started = Stopwatch.GetTimestamp();
            using var batch = TokenBatch.Create(inputs, targets, rows, CPU);
            var loss = GradientAccumulation.Compute(model, [batch], batch.LossTerms);
            GradientClipping.ClipByGlobalNorm(parameters, 1);
            optimizer.Step(3e-4);
            parameters.ClearGradients();
            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            using var process = Process.GetCurrentProcess();
            Console.WriteLine(Invariant($"{seconds:R} {loss:R} {process.PeakWorkingSet64}"));
        }
        return 0;
    }

    private static IEnumerable<BenchmarkTarget> CreateTargets(
        string preset, string folder, string tokens, int rows, int length, int threads)
    {
        var weights = Path.Combine(folder, "weights.safetensors");
        var script = Path.Combine(Directory.GetCurrentDirectory(), "bench", "peers", "train_step.py");
        string[] sizes = [Invariant($"{rows}"), Invariant($"{length}"), Invariant($"{threads}")];
        // Its BLAS counts threads for itself.
        var ofBlas = Invariant($"{threads}");
        var installed = new Dictionary<string, string?>
        {
            ["OPENBLAS_NUM_THREADS"] = ofBlas,
            ["OPENBLAS_CORETYPE"] = null,
            ["OMP_WAIT_POLICY"] = null,
        };
        var tuned = new Dictionary<string, string?>
        {
            ["OPENBLAS_NUM_THREADS"] = ofBlas,
            ["OPENBLAS_CORETYPE"] = "SkylakeX",
            ["ATEN_CPU_CAPABILITY"] = "avx512",
            ["OMP_WAIT_POLICY"] = "PASSIVE",
            ["MALLOC_TRIM_THRESHOLD_"] = "100000000000", ["MALLOC_MMAP_MAX_"] = "0", ["MALLOC_TOP_PAD_"] = "268435456",
        };
        foreach (var compute in Enum.GetValues<ComputeType>())
            yield return new($"ours, {compute.ToString().ToLowerInvariant()}",
                [.. BenchmarkProcess.Self, "train-worker-step", weights, tokens, .. sizes, compute.ToString()], installed);
        yield return new(
            "PyTorch installed, float32",
            ["/usr/bin/python3", script, weights, tokens, .. sizes, "float32", "default"],
            installed);
        yield return new(
            "PyTorch tuned, float32",
            ["/usr/bin/python3", script, weights, tokens, .. sizes, "float32", "foreach"],
            tuned);
        // Together with the others its scores of a long window would not fit into this memory.
        if (length <= 512)
            yield return new(
                "PyTorch tuned, autocast",
                ["/usr/bin/python3", script, weights, tokens, .. sizes, "autocast", "foreach"],
                tuned);
    }

    private static void RunRounds(IEnumerable<BenchmarkTarget> contestants, int rounds, int tokensPerStep)
    {
        var workers = contestants.Select(c => new Worker(c)).ToArray();
        try
        {
            var times = workers.Select(_ => new List<double>()).ToArray();
            var peaks = new long[workers.Length];
            for (var round = -2; round < rounds; round++)
                for (var w = 0; w < workers.Length; w++)
                {
                    var (seconds, _, peak) = RunStep(workers[w]);
                    if (round >= 0) times[w].Add(seconds);
                    peaks[w] = peak;
                }
            for (var w = 0; w < workers.Length; w++)
                Console.WriteLine(
                    Invariant($"  {workers[w].Name, -30} {BenchmarkProcess.FormatSpread(times[w], "0.000"), -22} ")
                    + Invariant($"{tokensPerStep / times[w].Order().ElementAt(rounds / 2), 8:F0} {peaks[w] / 1e9, 8:F2}"));
            Console.WriteLine("  tokens/s of ours ÷ theirs, median of the ratios round by round:");
            for (var ours = 0; ours < 2; ours++)
                for (var peer = 2; peer < workers.Length; peer++)
                {
                    var ratios = times[ours].Zip(times[peer], (a, b) => b / a).Order().ToArray();
                    Console.WriteLine(
                        Invariant($"    {workers[ours].Name, -16} ÷ {workers[peer].Name, -28} ")
                        + Invariant($"{ratios[rounds / 2]:F2}  ({ratios[0]:F2} … {ratios[^1]:F2})"));
                }
        }
        finally
        {
            foreach (var worker in workers) worker.Dispose();
        }
    }

    private static (double Seconds, double Loss, long PeakBytes) RunStep(Worker worker)
    {
        // Threads of the contestant before may still wait for work with their eyes open.
        Thread.Sleep(300);
        return worker.RunSteps();
    }

    private static int RunInTemporaryFolder(string preset, int steps, Action<string, string> work)
    {
        var folder = Directory.CreateTempSubdirectory("turkishllm-train-").FullName;
        try
        {
            var config = (preset == "v2" ? ModelConfig.V2 : ModelConfig.V1).With(maxSeqLen: Shapes.Max(s => s.Length));
            RandomModel.Write(folder, config);
            var tokens = Path.Combine(folder, "tokens");
            WriteTokens(tokens, config.VocabSize, steps * Shapes.Max(s => s.Rows * (s.Length + 1)));
            work(folder, tokens);
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void WriteTokens(string file, int vocabulary, int count)
    {
        using var writer = new BinaryWriter(File.Create(file));
        foreach (var token in RandomModel.GenerateTokens(vocabulary).Take(count)) writer.Write(token);
    }
}
