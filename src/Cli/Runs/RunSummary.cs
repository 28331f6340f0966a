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

/// <summary>What is said before the first step and after the last.</summary>
internal static class RunSummary
{
    /// <summary>Notes what the run is computed on and says by what its numbers are measured.</summary>
    /// <returns>The numbers so far; a resumed run goes on smoothing where it was stopped.</returns>
    public static RunProgress WriteStart(Display display, TrainingRun run, TrainingPlan plan, MachineSettings machineSettings, DistributedContext context)
    {
        if (context.Rank > 0) return new RunProgress(plan, []);
        var before = run.CurrentStep > 0 && Hardware.Read(run.Folder) is [.., var known] ? known : null;
        var machine = Hardware.Detect(run.CurrentStep, run.Model.Device) with
        {
            Peak = machineSettings.PeakTeraflops is { } peak ? new PeakRate(peak * 1e12, "as told by --peak-tflops") : PeakBenchmark.Measure(run.Model.Device, plan.ComputeType).ForProcesses(context.WorldSize),
            HourlyRate = machineSettings.HourlyRate ?? before?.HourlyRate,
            Currency = machineSettings.HourlyRate is null && before is not null ? before.Currency : machineSettings.Currency,
        };
        machine.AppendTo(run.Folder);

        display.WriteLine(Format.Invariant($"peak {machine.Peak}; a token takes {Format.Compact(plan.FlopsPerToken)} FLOP ({(plan.Lora is null ? 6 : 4)} · weights in products + 12 · layers · width · length)"));
        display.WriteLine(Format.Invariant($"smoothed: mean of about the last twenty losses (each weighs {ExponentialMovingAverage.DefaultDecay} times the next){(machine.HourlyRate is { } rate ? $"; an hour costs {Format.Money(rate, machine.Currency)}" : "")}"));
        return new RunProgress(plan, Hardware.Read(run.Folder), MetricsLog.Read(run.Folder.MetricsFile).Where(line => line.Step <= run.CurrentStep));
    }

    /// <summary>Says what came of it.</summary>
    public static void WriteEnd(Display display, RunRecord run)
    {
        if (run.Progress is not { Last: { } last } progress) return;
        display.WriteHeading("Diagnosis");
        var held = progress.LastValidation is { ValidationLoss: { } loss } at ? Format.Invariant($", validation {loss:F4}{(at.ValidationBitsPerByte is { } bits ? Format.Invariant($" ({bits:F3} bits/byte)") : "")}") : "";
        var cost = progress.Cost is { } spent ? $", {Format.Money(spent, progress.Currency)}" : "";
        display.WriteLine(Format.Invariant($"smoothed loss {progress.SmoothedLoss:F4}{held}; {Format.Compact(last.Tokens)} tokens in {Format.Duration(last.WallSeconds ?? last.Seconds)}{cost}"));
        WriteFindings(display, run.Findings);
    }

    /// <summary>What the curves say.</summary>
    public static void WriteFindings(Display display, IReadOnlyList<CurveFinding> findings)
    {
        foreach (var finding in findings)
            switch (finding.Severity)
            {
                case CurveFindingSeverity.Good: display.WriteSuccess(finding.ToString()); break;
                case CurveFindingSeverity.Warning: display.WriteWarning(finding.ToString()); break;
                default: display.WriteLine(finding.ToString()); break;
            }
    }
}
