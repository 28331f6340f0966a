using TurkishLlm.Cli.Memory;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Training.Checkpoints;
using TurkishLlm.Training.Objectives;

namespace TurkishLlm.Cli.Forecasts;

/// <summary>What a step will take. A number that cannot be known in advance is null.</summary>
/// <param name="Name">Name of the step.</param>
internal sealed record StepForecast(string Name)
{
    /// <summary>Tokens to train on.</summary>
    public long? Tokens { get; init; }

    /// <summary>Speed, in tokens per second.</summary>
    public double? TokensPerSecond { get; init; }

    /// <summary>Time.</summary>
    public double? Seconds { get; init; }

    /// <summary>Peak memory.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Disk space of the outputs.</summary>
    public long? DiskBytes { get; init; }

    /// <summary>Where the time comes from, or why it is unknown.</summary>
    public string Source { get; init; } = "";

    /// <summary>Cost at an hourly rate; null if the time or the rate is unknown.</summary>
    public double? GetCost(double? hourlyRate) => Seconds * hourlyRate / 3600;

    /// <summary>Forecasts a training run. Steps that were taken before are not counted.</summary>
    /// <param name="name">Name of the step.</param>
    /// <param name="plan">The plan, with paths that can be opened.</param>
    /// <param name="settings">Rate, peak and share, if given.</param>
    /// <param name="runs">Folder with earlier runs.</param>
    /// <param name="resumes">True if checkpoints of the run folder are used.</param>
    public static StepForecast ForTraining(
        string name, TrainingPlan plan, ForecastSettings settings, string runs, bool resumes)
    {
        var speed = TrainingSpeed.Find(plan, settings, runs);
        var (steps, unknown) = CountSteps(plan);
        var done = resumes && Directory.Exists(plan.RunFolder) ? RunFolder.ForPlan(plan).LatestCheckpointStep() : null;
        var tokens = (steps - (done ?? plan.WarmStart?.Step ?? 0)) * plan.Training.TokensPerStep;
        var kept = plan.Checkpoints.KeepLast + (plan.Checkpoints.KeepBest ? 1 : 0);
        return new(name)
        {
            Tokens = tokens,
            TokensPerSecond = speed.TokensPerSecond,
            Seconds = tokens / speed.TokensPerSecond,
            MemoryBytes = MemoryCommand.Forecast(plan).Peak,
            DiskBytes = kept * CheckpointDiskSpace.EstimateSize(plan),
            Source = unknown ?? $"{(speed.TokensPerSecond is null ? "" : "speed ")}{speed.Source}",
        };
    }

    // The steps of epochs follow from rows, which another step may still have to write.
    private static (long? Steps, string? Unknown) CountSteps(TrainingPlan plan)
    {
        if (plan.Training.Epochs is null) return (plan.Training.Steps, null);
        try
        {
            return (ITrainingData.ResolveSteps(plan).Training.Steps, null);
        }
        catch (Exception error) when (error is IOException or InvalidDataException or ConfigurationException)
        {
            return (null, Format.Invariant($"unknown until its rows exist: {plan.Training.Epochs} epochs"));
        }
    }
}
