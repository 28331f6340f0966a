using TurkishLlm.Model;
using TurkishLlm.Training;

namespace TurkishLlm.Cli;

/// <summary>What is said before the first step and after the last.</summary>
internal static class RunSummary
{
    /// <summary>Notes what the run is computed on and says by what its numbers are measured.</summary>
    /// <returns>The numbers so far; a resumed run goes on smoothing where it was stopped.</returns>
    public static RunProgress Begin(Display display, PretrainingRun run, TrainingPlan plan, MachineFacts told, DistributedContext context)
    {
        if (context.Rank > 0) return new RunProgress(plan, []);
        var before = run.FirstStep > 0 && Hardware.Read(run.Folder) is [.., var known] ? known : null;
        var machine = Hardware.Here(run.FirstStep, run.Model.Device) with
        {
            Peak = told.PeakTeraflops is { } peak ? new PeakRate(peak * 1e12, "as told by --peak-tflops") : PeakBenchmark.Measure(run.Model.Device, plan.ComputeType).Of(context.Size),
            HourlyRate = told.HourlyRate ?? before?.HourlyRate,
            Currency = told.HourlyRate is null && before is not null ? before.Currency : told.Currency,
        };
        machine.AppendTo(run.Folder);

        display.Line(Show.Text($"peak {machine.Peak}; a token takes {Show.Short(plan.FlopsPerToken)} FLOP ({(plan.Lora is null ? 6 : 4)} · weights in products + 12 · layers · width · length)"));
        display.Line(Show.Text($"smoothed: mean of about the last twenty losses (each weighs {ExponentialMean.Usual} times the next){(machine.HourlyRate is { } rate ? $"; an hour costs {Show.Money(rate, machine.Currency)}" : "")}"));
        return new RunProgress(plan, Hardware.Read(run.Folder), MetricsLog.Read(run.Folder.MetricsFile).Where(line => line.Step <= run.FirstStep));
    }

    /// <summary>Says what came of it.</summary>
    public static void End(Display display, RunRecord run)
    {
        if (run.Progress is not { Last: { } last } progress) return;
        display.Heading("Diagnosis");
        var held = progress.LastValidation is { ValidationLoss: { } loss } at ? Show.Text($", validation {loss:F4}{(at.ValidationBitsPerByte is { } bits ? Show.Text($" ({bits:F3} bits/byte)") : "")}") : "";
        var cost = progress.Cost is { } spent ? $", {Show.Money(spent, progress.Currency)}" : "";
        display.Line(Show.Text($"smoothed loss {progress.SmoothedLoss:F4}{held}; {Show.Short(last.Tokens)} tokens in {Show.Time(last.WallSeconds ?? last.Seconds)}{cost}"));
        Findings(display, run.Findings);
    }

    /// <summary>What the curves say.</summary>
    public static void Findings(Display display, IReadOnlyList<CurveFinding> findings)
    {
        foreach (var finding in findings)
            switch (finding.Kind)
            {
                case CurveFindingKind.Good: display.Good(finding.ToString()); break;
                case CurveFindingKind.Warning: display.Warn(finding.ToString()); break;
                default: display.Line(finding.ToString()); break;
            }
    }
}
