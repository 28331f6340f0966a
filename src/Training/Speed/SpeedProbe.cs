using System.Diagnostics;
using TurkishLlm.Plans;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Speed;

/// <summary>Measures the speed of training by a few small steps on random tokens.</summary>
public static class SpeedProbe
{
    // A probe on a CPU must take seconds; a device needs more rows to be busy.
    private const int CpuTokens = 1024, DeviceTokens = 32_768, MeasuredSteps = 3;

    /// <summary>Measures the tokens per second of a plan, by the fastest of three steps after a first one.</summary>
    /// <param name="plan">The plan; of its micro-batch as many rows are used as a probe needs.</param>
    /// <param name="device">Device to train on.</param>
    public static ProbedSpeed Measure(TrainingPlan plan, Device device)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(device);
        var tokens = device.type == TorchSharp.DeviceType.CPU ? CpuTokens : DeviceTokens;
        var rows = Math.Clamp(tokens / plan.Training.SequenceLength, 1, plan.Training.MicroBatchSize);
        var probed = plan with { Training = plan.Training with { MicroBatchSize = rows, AccumulationSteps = 1 } };
        List<double> seconds = [];
        new RandomTokenSteps(probed, device).Run(1 + MeasuredSteps, take =>
        {
            var started = Stopwatch.GetTimestamp();
            take();
            seconds.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
        });
        return new(probed.Training.TokensPerStep / seconds.Skip(1).Min(), rows);
    }
}

/// <summary>Speed that a probe measured.</summary>
/// <param name="TokensPerSecond">Tokens per second.</param>
/// <param name="Rows">Rows of the steps that were measured.</param>
public sealed record ProbedSpeed(double TokensPerSecond, int Rows);
