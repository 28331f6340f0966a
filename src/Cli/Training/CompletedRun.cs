using TurkishLlm.Cli.Terminal;
using TurkishLlm.Plans;
using TurkishLlm.Runs;

namespace TurkishLlm.Cli.Training;

/// <summary>Describes a run that has taken all steps of its plan, or more, and what can be done with it.</summary>
internal static class CompletedRun
{
    public static void Write(Display display, TrainingPlan plan, long reached)
    {
        var run = RunFolder.ForPlan(plan);
        var steps = plan.Training.Steps;
        var command = $"{display.Program} train {Format.ShellQuote(run.PlanFile)}";
        if (reached == steps)
        {
            display.WriteSuccess(Format.Invariant($"The run is complete: step {reached} of {steps}."));
            var longer = plan.Training.Epochs is { } epochs
                ? Format.Invariant($"training.epochs={2 * epochs}")
                : Format.Invariant($"training.steps={2 * steps}");
            display.WriteLine($"Train longer with: {command} --resume auto --set {longer}");
            return;
        }
        display.WriteWarning(
            Format.Invariant($"Nothing to train: {Format.RelativePaths(run.FullPath)} has taken {reached} steps, and this plan ")
                + Format.Invariant($"ends after {steps}."));
        if (run.CheckpointSteps().LastOrDefault(step => step < steps) is > 0 and var earlier)
            display.WriteLine(
                Format.Invariant($"Train steps {earlier + 1} to {steps} again from an earlier checkpoint with: {command} ")
                    + $"--resume {Format.ShellQuote(run.CheckpointFolder(earlier))} {FormatLength(plan)}");
        display.WriteLine(
            $"Train a new run of this length with: {command} {FormatLength(plan)} "
                + $"--set run={Format.ShellQuote(run.FullPath + Format.Invariant($"-{steps}"))}");
        var more = plan.Training.Epochs is { } planned
            ? Format.Invariant($"training.epochs={Math.Ceiling(2 * planned * reached / steps)}")
            : Format.Invariant($"training.steps={2 * reached}");
        display.WriteLine($"Train longer with: {command} --resume auto --set {more}");
    }

    // plan.yaml of the run still holds the length with which it was trained.
    private static string FormatLength(TrainingPlan plan) => plan.Training.Epochs is { } epochs
        ? Format.Invariant($"--set training.epochs={epochs}")
        : Format.Invariant($"--set training.steps={plan.Training.Steps}");
}
