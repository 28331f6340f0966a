using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Model;
using TurkishLlm.Monitoring.Diagnosis;
using TurkishLlm.Monitoring.Pages;
using TurkishLlm.Plans;
using TurkishLlm.Training;
using TurkishLlm.Training.Objectives;

namespace TurkishLlm.Cli.Training;

/// <summary><c>turkishllm train PLAN --find-lr</c>: a range test instead of the run, and what it suggests.</summary>
public static class LearningRateFinder
{
    private const int Rows = 24;

    /// <summary>Opens the gate, takes the steps of the test, and writes table, suggestion and page.</summary>
    /// <param name="display">Output.</param>
    /// <param name="plan">The plan; its run folder is neither read nor written.</param>
    /// <param name="page">HTML file to write; null for none.</param>
    /// <param name="openGate">Opens the gate for a plan.</param>
    /// <param name="cancellationToken">Ends the test after the current step.</param>
    public static ExitCode Run(
        Display display, TrainingPlan plan, string? page, Func<TrainingPlan, Clearance> openGate,
        CancellationToken cancellationToken)
    {
        HtmlFile.Check(page);
        var scratch = Directory.CreateTempSubdirectory("turkishllm-find-lr-");
        try
        {
            var tested = LearningRateRangeTest.Prepare(ITrainingData.ResolveSteps(plan), scratch.FullName);
            Preflight.Run(tested, resume: false, from: null);
            display.WriteHeading("Gate");
            var clearance = openGate(tested);
            display.WriteHeading($"Learning-rate range test of {plan.Name}");
            var range = new LearningRateRange();
            var curve = display.RunWithProgress("Range test", report => LearningRateRangeTest.Run(
                clearance, range,
                (step, rate, loss) => report(
                    (double)step / range.Steps, Format.Invariant($"lr {rate:0.0e-0}  loss {loss:F4}")),
                cancellationToken));
            Write(display, curve, plan);
            HtmlFile.Write(
                display, page, () => LearningRatePage.RenderHtml(plan.Name, curve, Describe(curve, plan), plan.LossUnit));
            return ExitCode.Success;
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    private static void Write(Display display, LearningRateCurve curve, TrainingPlan plan)
    {
        var every = Math.Max(1, curve.Points.Count / Rows);
        var shown = curve.Points.Where((point, i) =>
            i % every == 0 || i == curve.Points.Count - 1 || point == curve.Steepest || point == curve.Lowest);
        display.WriteTable(["learning rate", "loss", "smoothed", ""], shown.Select(point => (IReadOnlyList<string>)
            [
                Rate(point.Rate), Format.Invariant($"{point.Loss:F4}"), Format.Invariant($"{point.Smoothed:F4}"),
                point == curve.Steepest ? "falls fastest" : point == curve.Lowest ? "lowest" : "",
            ]));
        if (curve.Steepest is null) display.WriteWarning(Describe(curve, plan));
        else display.WriteSuccess(Describe(curve, plan));
    }

    private static string Describe(LearningRateCurve curve, TrainingPlan plan)
    {
        if (curve.Lowest is null)
            return Format.Invariant($"The loss was finite for only {curve.Points.Count} steps, too few to judge. ")
                + "Check the initial weights and the data.";
        if (curve.Steepest is not { } steepest)
            return "The loss does not fall by more than its noise at any learning rate. Use larger batches "
                + "(training.accumulation_steps), or check the data.";
        var own = plan.Optimizer.LearningRate;
        return $"Suggested: optimizer.learning_rate: {Rate(steepest.Rate)}, where the loss falls fastest. It is lowest at "
            + $"{Rate(curve.Lowest.Rate)}; stay below. The plan has {Rate(own)}"
            + (own > curve.Lowest.Rate ? ", which is above." : ".")
            + (plan.Optimizer is { Kind: OptimizerKind.Muon, Muon.LearningRate: not null }
                ? " The rate of optimizer.muon rises with it, in the ratio of the plan." : "");
    }

    private static string Rate(double rate) => Format.Invariant($"{rate:0.0e-0}");
}
