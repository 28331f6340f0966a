using System.Globalization;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Plans;
using TurkishLlm.Training.Memory;

namespace TurkishLlm.Bench;

/// <summary>Forecasts of memory against measured peaks, each case in a process of its own.</summary>
internal static class MemoryAccuracy
{
    private static readonly string[] Cases =
    [
        "toy 8 128 float32",
        "toy 64 128 bfloat16", "v1 4 512 float32", "v1 4 512 bfloat16", "v1 1 2048 float32", "v1 1 2048 bfloat16",
        "v1 2 512 float32 2", "v1 12 512 float32",
        "v1 8 512 bfloat16 1 0.1", "v1 1 64 float32", "v2 2 512 float32", "v2 1 2048 bfloat16 2 0.02",
        "v1 1 2048 float32 1 0 blocks", "v1 1 8192 float32 1 0 blocks", "v1 4 512 bfloat16 2 0 blocks",
    ];

    public static int Run(int steps)
    {
        var worst = 0.0;
        Console.WriteLine(
            $"{"preset rows length compute accumulation dropout blocks",-50}  forecast  measured, after {steps} steps");
        foreach (var words in Cases)
        {
            var result = BenchmarkProcess
                .RunSelf(false, ["memory-worker", steps.ToString(CultureInfo.InvariantCulture), .. words.Split(' ')])
                .Output.Trim();
            var numbers = result.Split(' ').Select(n => long.Parse(n, CultureInfo.InvariantCulture)).ToArray();
            var error = (double)numbers[0] / numbers[1] - 1;
            worst = Math.Max(worst, Math.Abs(error));
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{words, -50}  {numbers[0] / 1e6, 5:F0} MB  {numbers[1] / 1e6, 5:F0} MB  {error, 6:P1}"));
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"furthest off: {worst:P1}"));
        return worst <= 0.15 ? 0 : 1;
    }

    /// <summary>One case: prints the forecast and the peak.</summary>
    public static int RunWorker(int steps, string[] words)
    {
        var plan = CreatePlan(words);
        var forecast = MemoryEstimate.Compute(plan, DeviceMemory.Cpu.WithoutGate);
        Console.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{forecast.Peak} {MemoryMeasurement.MeasurePeak(plan, steps)}"));
        return 0;
    }

    private static TrainingPlan CreatePlan(string[] words)
    {
        var (rows, length) = (
            int.Parse(words[1], CultureInfo.InvariantCulture),
            int.Parse(words[2], CultureInfo.InvariantCulture));
        var (accumulation, dropout) = (
            words.Length > 4 ? int.Parse(words[4], CultureInfo.InvariantCulture) : 1,
            words.Length > 5 ? double.Parse(words[5], CultureInfo.InvariantCulture) : 0);
        var preset = words[0] switch { "toy" => ModelConfig.Toy(2048), "v2" => ModelConfig.V2, _ => ModelConfig.V1 };
        return new TrainingPlan
        {
            Name = "memory",
            RunFolder = "",
            Model = preset.With(maxSeqLen: length, dropout: dropout),
            Data = new DataPlan("", ""),
            Training = new BatchingPlan(Steps: 1, rows, length, accumulation)
            {
                ActivationCheckpointing =
                    words is [.., "blocks"] ? ActivationCheckpointing.Blocks : ActivationCheckpointing.None,
            },
            Optimizer = new OptimizerPlan(1e-4, 1e-5, WarmupSteps: 1),
            ComputeType = words[3] == "bfloat16" ? ComputeType.BFloat16 : ComputeType.Float32,
        };
    }
}
