using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Monitoring;
using TurkishLlm.Monitoring.Diagnosis;
using TurkishLlm.Monitoring.Progress;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Training;
using TurkishLlm.Training.Distributed;

namespace TurkishLlm.Cli.Runs;

/// <summary>Prints the summary of a run before its first step and after its last step.</summary>
internal static class RunSummary
{
    /// <summary>Records the hardware of the run and prints how its metrics are measured.</summary>
    /// <returns>The progress so far; a resumed run continues its smoothed loss.</returns>
    public static RunProgress WriteStart(
        Display display, TrainingRun run, TrainingPlan plan, MachineSettings machineSettings, DistributedContext context)
    {
        if (context.Rank > 0) return new RunProgress(plan, []);
        var before = run.CurrentStep > 0 && Hardware.Read(run.Folder) is [.., var known] ? known : null;
        var machine = Hardware.Detect(run.CurrentStep, run.Model.Device) with
        {
            Peak = machineSettings.PeakTeraflops is { } peak
                ? new PeakRate(peak * 1e12, "from --peak-tflops")
                : PeakBenchmark.Measure(run.Model.Device, plan.ComputeType).ForProcesses(context.WorldSize),
            HourlyRate = machineSettings.HourlyRate ?? before?.HourlyRate,
            Currency = machineSettings.HourlyRate is null && before is not null ? before.Currency : machineSettings.Currency,
        };
        machine.AppendTo(run.Folder);

        display.WriteLine(
            Format.Invariant($"peak {machine.Peak}; {Format.Compact(plan.FlopsPerToken)} FLOP per token ")
                + $"({(plan.Lora is null ? "6" : "4")} · matrix weights + 12 · layers · width · sequence length)");
        var cost = machine.HourlyRate is { } rate ? $"; {Format.Money(rate, machine.Currency)} per hour" : "";
        display.WriteLine(
            Format.Invariant($"smoothed: exponential moving average of the loss (decay {ExponentialMovingAverage.DefaultDecay})")
                + cost);
        return new RunProgress(
            plan, Hardware.Read(run.Folder),
            MetricsLog.Read(run.Folder.MetricsFile).Where(line => line.Step <= run.CurrentStep));
    }

    /// <summary>Prints the final metrics and the diagnosis.</summary>
    public static void WriteEnd(Display display, RunRecord run)
    {
        if (run.Progress is not { Last: { } last } progress) return;
        display.WriteHeading("Diagnosis");
        var held = progress.LastValidation is { ValidationLoss: { } loss } at
            ? Format.Invariant($", validation {loss:F4}")
                + (at.ValidationBitsPerByte is { } bits ? Format.Invariant($" ({bits:F3} bits/byte)") : "")
            : "";
        var cost = progress.Cost is { } spent ? $", {Format.Money(spent, progress.Currency)}" : "";
        display.WriteLine(
            Format.Invariant($"smoothed loss {progress.SmoothedLoss:F4}{held}; ")
                + $"{Format.Compact(last.Tokens)} tokens in {Format.Duration(last.WallSeconds ?? last.Seconds)}{cost}");
        if (progress.GradientNoiseScale is { } scale)
            display.WriteLine(
                $"gradient noise scale {Format.Compact(scale)} {run.Plan.LossTermName}s; a step has "
                    + Format.Compact(last.LossTerms ?? run.Plan.Training.TokensPerStep));
        WriteFindings(display, run.Findings);
    }

    /// <summary>Prints the findings of a diagnosis.</summary>
    public static void WriteFindings(Display display, IReadOnlyList<CurveFinding> findings)
    {
        foreach (var finding in findings)
            switch (finding.Severity)
            {
                case CurveFindingSeverity.Good: display.WriteSuccess(display.NameProgram(finding.ToString())); break;
                case CurveFindingSeverity.Warning: display.WriteWarning(display.NameProgram(finding.ToString())); break;
                default: display.WriteLine(display.NameProgram(finding.ToString())); break;
            }
    }
}
