using TurkishLlm.Monitoring.Pages;
using TurkishLlm.Monitoring.Progress;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using static System.FormattableString;
using static TurkishLlm.Monitoring.Pages.HtmlText;

namespace TurkishLlm.Monitoring;

/// <summary>
/// Writes <c>report.html</c>: diagnosis, curves, samples, gate, hardware, cost and plan of a run on one self-contained page,
/// without scripts, fonts or network access.
/// </summary>
public static class RunReport
{
    /// <summary>Writes the report of a run. The run may still be running.</summary>
    /// <exception cref="FileNotFoundException">The folder has no plan.</exception>
    /// <exception cref="InvalidDataException">A file of the run is invalid; the message names it.</exception>
    /// <exception cref="IOException">The report cannot be written.</exception>
    public static void Write(RunFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        RunFolder.WriteFile(folder.ReportFile, RenderHtml(RunRecord.Read(folder)));
    }

    /// <summary>Renders the report.</summary>
    /// <exception cref="InvalidDataException">A file of the run is invalid; the message names it.</exception>
    public static string RenderHtml(RunRecord run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return HtmlPage.Render($"{run.Plan.Name} · training run",
            $"""
            {Header(run)}
            {Facts(run)}
            {ReportFindings.RenderHtml(run.Findings)}
            {ReportCharts.RenderHtml(run)}
            {ReportEpochs.RenderHtml(EpochMetrics.FromSteps(run.Steps))}
            {ReportEvents.RenderHtml(run.Events)}
            {ReportSamples.RenderHtml([.. SampleLog.Read(run.Folder.SamplesFile)])}
            {ReportMachines.RenderHtml(run)}
            {ReportGate.RenderHtml(GateSummary.Read(run.Folder.GateFile))}
            {Plan(run.Plan)}
            """);
    }

    private static string Header(RunRecord run)
    {
        var plan = run.Plan;
        var adapter = plan.Lora is null ? "" : $", training an adapter of {ShortNumber.Format(plan.TrainableParameterCount)}";
        var batch = plan.Preference is not null ? $"{plan.Training.RowsPerStep} pairs"
            : plan.Sft is not null ? $"{plan.Training.RowsPerStep} rows"
            : $"{ShortNumber.Format(plan.Training.TokensPerStep)} tokens";
        return Invariant(
            $"""
            <header><h1>{Encode(plan.Name)}</h1>
            <p class="soft">{ShortNumber.Format(plan.Model.ParameterCount)} parameters{adapter}
            · step {run.LastStep:N0} of {plan.Training.Steps:N0} · {batch} per step
            · {plan.Device}, {PlanWriter.GetName(plan.ComputeType)} · seed {plan.Seed}</p>
            <div class="bar"><i style="width:{Math.Min(100, 100.0 * run.LastStep / plan.Training.Steps):F1}%"></i></div></header>
            """);
    }

    private static string Facts(RunRecord run)
    {
        if (run.Progress is not { Last: { } last } progress) return "<p class=\"soft\">No step has been taken yet.</p>";
        var validation = progress.LastValidation;
        List<(string Name, string Value)> facts =
        [
            ("training loss", FormatNumber(progress.SmoothedLoss)),
        ];
        if (validation is not null) facts.Add(("validation loss", FormatNumber(validation.ValidationLoss!.Value)));
        else if (run.Plan.Preference is null)
            facts.Add(("loss of random guessing", FormatNumber(Math.Log(run.Plan.Model.VocabSize))));
        if (run.Plan.Preference is null)
            facts.Add(("perplexity", ShortNumber.Format(Math.Exp(validation?.ValidationLoss ?? progress.SmoothedLoss))));
        if ((validation?.ValidationPreference ?? last.Preference) is { } pairs)
            facts.AddRange([
                ("margin", FormatNumber(pairs.Margin)), ("pair accuracy", Invariant($"{100 * pairs.Accuracy:F0} %")),
            ]);
        if (validation?.ValidationBitsPerByte is { } bits) facts.Add(("bits per byte", Invariant($"{bits:F3}")));
        facts.AddRange([
            ("tokens read", ShortNumber.Format(last.Tokens)), ("tokens / second", ShortNumber.Format(progress.TokensPerSecond)),
        ]);
        if (progress.ModelFlopsUtilization is { } share) facts.Add(("of peak FLOP/s", Invariant($"{100 * share:F1} %")));
        facts.AddRange([
            ("time", ShortNumber.FormatDuration(RunProgress.GetWallSeconds(last))),
            ("peak memory", ShortNumber.FormatBytes(run.Steps.Max(s => s.MemoryBytes))),
        ]);
        if (progress.Cost is { } cost) facts.Add(("cost", Encode($"{Invariant($"{cost:F2}")} {progress.Currency}".TrimEnd())));
        return "<dl class=\"facts\">"
            + $"{string.Concat(facts.Select(fact => $"<div><dt>{fact.Name}</dt><dd>{fact.Value}</dd></div>"))}</dl>";
    }

    private static string Plan(TrainingPlan plan)
    {
        var sections = PlanWriter.GetEntries(plan)
            .Select(entry => (Parts: entry.Key.Split('.'), entry.Value))
            .GroupBy(
                entry => entry.Parts.Length == 1 ? "run" : entry.Parts[0],
                entry => (entry.Parts[^1], entry.Value.Trim('"')));
        return "<h2>Plan</h2>\n<div class=\"plan\">"
            + string.Concat(sections.Select(s => $"<section><h3>{s.Key}</h3><table>{RenderRows(s)}</table></section>\n"))
            + "</div>";
    }
}
