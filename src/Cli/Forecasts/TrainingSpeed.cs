using TurkishLlm.Cli.Runs;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Model;
using TurkishLlm.Monitoring;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Training;
using TurkishLlm.Training.Speed;
using static TorchSharp.torch;

namespace TurkishLlm.Cli.Forecasts;

/// <summary>Speed of training a plan, and where the number comes from.</summary>
/// <param name="TokensPerSecond">Tokens per second; null if it cannot be known here.</param>
/// <param name="Source">Source of the number, or why it is unknown.</param>
internal sealed record TrainingSpeed(double? TokensPerSecond, string Source)
{
    /// <summary>
    /// Finds the speed: by a given share of a given peak, otherwise that of the latest run of the same shape on this machine,
    /// otherwise by a probe.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <param name="settings">Peak and share, if given.</param>
    /// <param name="runs">Folder with earlier runs; it need not exist.</param>
    public static TrainingSpeed Find(TrainingPlan plan, ForecastSettings settings, string runs)
    {
        if (settings is { Utilization: { } share, Machine.PeakTeraflops: { } peak })
            return new(
                peak * 1e12 * share / plan.FlopsPerToken, Format.Invariant($"{share:P0} of {peak} TFLOP/s, as given"));
        Device device;
        try
        {
            device = TrainingDevice.Resolve(plan.Device);
        }
        catch (ConfigurationException)
        {
            return new(null, $"unknown: this machine has no {plan.Device}; give --peak-tflops and --utilization");
        }
        return FindRecorded(plan, Hardware.Detect(0, device), runs) ?? Probe(plan, device);
    }

    private static TrainingSpeed? FindRecorded(TrainingPlan plan, Hardware here, string runs)
    {
        if (!Directory.Exists(runs)) return null;
        foreach (var folder in RunFinder.FindAll(runs))
            if (TryRead(folder) is { Machines: [.., var machine], Progress.Last: { } last } run && IsSameShape(run.Plan, plan)
                && (machine.Device, machine.Name, machine.Processors) == (here.Device, here.Name, here.Processors)
                && (last.WallSeconds ?? last.Seconds) is > 0 and var seconds)
                return new(last.Tokens / seconds, $"measured in {Format.RelativePaths(folder.FullPath)}");
        return null;
    }

    private static RunRecord? TryRead(RunFolder folder)
    {
        try
        {
            return RunRecord.Read(folder);
        }
        catch (Exception error) when (error is ConfigurationException or InvalidDataException or IOException)
        {
            return null;
        }
    }

    private static bool IsSameShape(TrainingPlan one, TrainingPlan other) =>
        one.Model.With(dropout: 0) == other.Model.With(dropout: 0)
        && (one.Lora, one.Sft is null, one.Preference is null, one.Grpo is null)
            == (other.Lora, other.Sft is null, other.Preference is null, other.Grpo is null)
        && (one.ComputeType, one.Training.SequenceLength, one.Threads)
            == (other.ComputeType, other.Training.SequenceLength, other.Threads)
        && (one.Training.ActivationCheckpointing, one.Optimizer.Kind)
            == (other.Training.ActivationCheckpointing, other.Optimizer.Kind);

    private static TrainingSpeed Probe(TrainingPlan plan, Device device)
    {
        var probed = SpeedProbe.Measure(plan, device);
        return new(
            probed.TokensPerSecond,
            $"probe of {Format.Count(probed.Rows, "row")} of {Format.Count(plan.Training.SequenceLength)} random tokens "
                + $"on {device}");
    }
}
