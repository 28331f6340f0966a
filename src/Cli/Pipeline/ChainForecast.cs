using TurkishLlm.Cli.Forecasts;
using TurkishLlm.Plans;
using TurkishLlm.Plans.Chains;
using TurkishLlm.Runs.Chains;

namespace TurkishLlm.Cli.Pipeline;

/// <summary>Forecasts what the steps of a chain will take.</summary>
/// <param name="files">The files of the chain.</param>
/// <param name="records">Records of earlier steps, which give the speed of all but training.</param>
/// <param name="settings">Rate, peak and share, if given.</param>
internal sealed class ChainForecast(ChainFiles files, StepRecords records, ForecastSettings settings)
{
    // Reference report, section 9: 441 MB of text became shards of 190 MB.
    private const double ShardBytesPerTextByte = 190.0 / 441;

    /// <summary>Forecasts a step.</summary>
    /// <param name="step">The step.</param>
    /// <param name="status">Whether it resumes.</param>
    public StepForecast Compute(ResolvedStep step, StepStatus status)
    {
        if (step.Step.Action is TrainStep train)
        {
            var plan = TrainingPlan.Load(
                files.Find(train.Plan), [.. train.Set, .. files.GetOverrides(step)], Directory.GetCurrentDirectory());
            return StepForecast.ForTraining(step.Step.Name, plan, settings, "runs", status.Resumes);
        }
        var bytes = step.Files.InputPaths.Sum(path => ContentDigests.GetBytes(files.Find(path)));
        var (seconds, source) = FindTime(step, bytes);
        return new(step.Step.Name)
        {
            Seconds = seconds,
            Source = source,
            DiskBytes = step.Step.Action is CorpusStep ? (long)(bytes * ShardBytesPerTextByte) : null,
        };
    }

    private (double? Seconds, string Source) FindTime(ResolvedStep step, long bytes)
    {
        var verb = step.Step.Action.Verb;
        if (records.Read(step.Files.Outputs[0]) is { State: StepState.Done } before && before.InputBytes == bytes)
            return (before.Seconds, "time measured when the step ran before");
        var measured = records.ReadAll(verb)
            .Where(record => record is { State: StepState.Done, InputBytes: > 0, Seconds: > 0 })
            .ToArray();
        return measured.Length == 0
            ? (null, "time unknown: no such step has run here before")
            : (
                bytes * measured.Sum(record => record.Seconds) / measured.Sum(record => record.InputBytes),
                $"time by the bytes per second of earlier steps of {verb}");
    }
}
