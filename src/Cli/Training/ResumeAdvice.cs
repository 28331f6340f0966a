using TurkishLlm.Cli.Terminal;
using TurkishLlm.Monitoring.Diagnosis;
using TurkishLlm.Plans;
using TurkishLlm.Runs;

namespace TurkishLlm.Cli.Training;

/// <summary>Says how to resume an interrupted run.</summary>
internal static class ResumeAdvice
{
    /// <summary>Returns the command that resumes a run; if it was diverging, one from before the divergence.</summary>
    /// <param name="folder">The run folder.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="divergence">The divergence in progress; null for none.</param>
    /// <param name="command">Program and command, such as <c>turkishllm train</c>.</param>
    public static string Get(RunFolder folder, TrainingPlan plan, LossDivergence? divergence, string command)
    {
        var file = Format.ShellQuote(folder.PlanFile);
        if (divergence is null) return $"Resume with: {command} {file} --resume auto";

        // The newest checkpoint holds weights that have diverged.
        var slower = FormatRates(plan.Optimizer);
        return folder.CheckpointSteps().LastOrDefault(step => step > 1 && step <= divergence.LowestStep) is > 0 and var good
            ? "The training loss was diverging: resume from before, with a lower learning rate: "
                + $"{command} {file} --resume {Format.ShellQuote(folder.CheckpointFolder(good))} {slower}"
            : "The training loss was diverging: start again with a lower learning rate: "
                + $"{command} {file} --set run={Format.ShellQuote(folder.FullPath + "-slower")} {slower}";
    }

    private static string FormatRates(OptimizerPlan optimizer)
    {
        var rate = optimizer.LearningRate / 3;
        var lowest = optimizer.MinimumLearningRate > rate
            ? Format.Invariant($" --set optimizer.minimum_learning_rate={optimizer.MinimumLearningRate / 3:0.0#e-0}") : "";
        return Format.Invariant($"--set optimizer.learning_rate={rate:0.0#e-0}{lowest}");
    }
}
