using TurkishLlm.Cli.Terminal;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;

namespace TurkishLlm.Cli.Training;

/// <summary>Judges a finished run by the bounds of its tasks.</summary>
internal static class RunQuality
{
    /// <summary>Prints the bounds that the run misses.</summary>
    /// <returns><see cref="ExitCode.QualityThresholdNotMet"/> if it misses one.</returns>
    public static ExitCode Judge(Display display, TrainingPlan plan, RunFolder run)
    {
        if (plan.Evaluation.Tasks.Count == 0) return ExitCode.Success;
        StepMetrics[] steps = [.. MetricsLog.Read(run.MetricsFile)];
        MissedBound[] missed =
        [
            .. QualityBounds.Judge(plan, steps)
                .Concat(steps.SelectMany(step => QualityBounds.FindStopping(plan, step)))
                .DistinctBy(bound => (bound.Step, bound.Task, bound.Metric, bound.IsLowest)),
        ];
        foreach (var bound in missed) display.WriteWarning($"Quality threshold not met: {bound}.");
        return missed.Length == 0 ? ExitCode.Success : ExitCode.QualityThresholdNotMet;
    }
}
