using static TurkishLlm.Training.HtmlText;

namespace TurkishLlm.Training;

/// <summary>
/// <c>report.html</c>: what the curves say in words, the curves, samples, gate, machine, money and plan of a run on one page
/// that needs nothing but itself — no scripts, no fonts, no network.
/// </summary>
public static class RunReport
{
    /// <summary>Writes the report of a run, finished or not.</summary>
    /// <exception cref="FileNotFoundException">The folder has no plan.</exception>
    /// <exception cref="InvalidDataException">A file of the run is not what it should be; says which.</exception>
    /// <exception cref="IOException">The report cannot be written.</exception>
    public static void Write(RunFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        RunFolder.WriteFile(folder.ReportFile, Html(RunRecord.Read(folder)));
    }

    /// <summary>The page.</summary>
    /// <exception cref="InvalidDataException">A file of the run is not what it should be; says which.</exception>
    public static string Html(RunRecord run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return HtmlPage.Of($"{run.Plan.Name} · training run",
            $"""
            {Header(run)}
            {Facts(run)}
            {ReportFindings.Html(run.Findings)}
            {ReportCharts.Html(run)}
            {ReportEpochs.Html(EpochSummary.Of(run.Steps))}
            {ReportEvents.Html(run.Events)}
            {ReportSamples.Html([.. SampleLog.Read(run.Folder.SamplesFile)])}
            {ReportMachines.Html(run)}
            {ReportGate.Html(GateSummary.Read(run.Folder.GateFile))}
            {Plan(run.Plan)}
            """);
    }

    private static string Header(RunRecord run)
    {
        var plan = run.Plan;
        return Text(
            $"""
            <header><h1>{Encode(plan.Name)}</h1>
            <p class="soft">{ShortNumber.Of(plan.Model.ParameterCount)} parameters{(plan.Lora is null ? "" : $", an adapter of {ShortNumber.Of(plan.TrainedCount)} learns")} · step {run.Reached:N0} of {plan.Training.Steps:N0} · {(plan.Preference is not null ? $"{plan.Training.RowsPerStep} pairs" : plan.Sft is not null ? $"{plan.Training.RowsPerStep} rows" : $"{ShortNumber.Of(plan.Training.TokensPerStep)} tokens")} a step · {plan.Device}, {PlanValue.NameOf(plan.ComputeType)} · seed {plan.Seed}</p>
            <div class="bar"><i style="width:{100.0 * run.Reached / plan.Training.Steps:F1}%"></i></div></header>
            """);
    }

    private static string Facts(RunRecord run)
    {
        if (run.Progress is not { Last: { } last } progress) return "<p class=\"soft\">No step has been taken yet.</p>";
        var held = progress.LastValidation;
        List<(string Name, string Value)> facts =
        [
            ("training loss", Number(progress.SmoothedLoss)),
        ];
        if (held is not null) facts.Add(("validation loss", Number(held.ValidationLoss!.Value)));
        else if (run.Plan.Preference is null) facts.Add(("loss at random", Number(Math.Log(run.Plan.Model.VocabSize))));
        if (run.Plan.Preference is null) facts.Add(("perplexity", ShortNumber.Of(Math.Exp(held?.ValidationLoss ?? progress.SmoothedLoss))));
        if ((held?.ValidationPreference ?? last.Preference) is { } pairs) facts.AddRange([("margin", Number(pairs.Margin)), ("pairs told right", Text($"{100 * pairs.Accuracy:F0} %"))]);
        if (held?.ValidationBitsPerByte is { } bits) facts.Add(("bits per byte", Text($"{bits:F3}")));
        facts.AddRange([("tokens read", ShortNumber.Of(last.Tokens)), ("tokens / second", ShortNumber.Of(progress.TokensPerSecond))]);
        if (progress.PeakShare is { } share) facts.Add(("of peak FLOP/s", Text($"{100 * share:F1} %")));
        facts.AddRange([("time", ShortNumber.Duration(RunProgress.Clock(last))), ("most memory", ShortNumber.Bytes(run.Steps.Max(s => s.MemoryBytes)))]);
        if (progress.Cost is { } cost) facts.Add(("cost", Encode($"{Text($"{cost:F2}")} {progress.Currency}".TrimEnd())));
        return $"<dl class=\"facts\">{string.Concat(facts.Select(fact => $"<div><dt>{fact.Name}</dt><dd>{fact.Value}</dd></div>"))}</dl>";
    }

    private static string Plan(TrainingPlan plan)
    {
        var sections = PlanText.Entries(plan)
            .Select(entry => (Parts: entry.Key.Split('.'), entry.Value))
            .GroupBy(entry => entry.Parts.Length == 1 ? "run" : entry.Parts[0], entry => (entry.Parts[^1], entry.Value.Trim('"')));
        return $"<h2>Plan</h2>\n<div class=\"plan\">{string.Concat(sections.Select(s => $"<section><h3>{s.Key}</h3><table>{Rows(s)}</table></section>\n"))}</div>";
    }
}
