using TurkishLlm.Files;
using TurkishLlm.Monitoring.Pages;
using TurkishLlm.Monitoring.Progress;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using static System.FormattableString;

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
    /// <param name="run">The run.</param>
    /// <param name="frame">What a server adds; null for a file.</param>
    /// <exception cref="InvalidDataException">A file of the run is invalid; the message names it.</exception>
    public static string RenderHtml(RunRecord run, PageFrame? frame = null)
    {
        ArgumentNullException.ThrowIfNull(run);
        return HtmlPage.Render(
            $"{run.Plan.Name} · training run",
            Html.Concat(
                Header(run), Facts(run, isLive: frame is not null), ReportFindings.Render(run.Findings), ReportCharts.Render(run),
                ReportTasks.Render(run, [.. AnswerLog.Read(run.Folder.AnswersFile)]),
                ReportEpochs.Render(EpochMetrics.FromSteps(run.Steps)), ReportEvents.Render(run.Events),
                ReportSamples.Render([.. SampleLog.Read(run.Folder.SamplesFile)]), ReportMachines.Render(run),
                ReportGate.Render(GateSummary.Read(run.Folder.GateFile)), Plan(run.Plan)),
            frame);
    }

    private static Html Header(RunRecord run)
    {
        var plan = run.Plan;
        var adapter = plan.Lora is null ? "" : $", training an adapter of {ShortNumber.Format(plan.TrainableParameterCount)}";
        var batch = plan.RowName is { } row ? Quantity.Format(plan.Training.RowsPerStep, row)
            : $"{ShortNumber.Format(plan.Training.TokensPerStep)} tokens";
        return Html.From(
            $"""
            <header><h1>{plan.Name}</h1>
            <p class="soft">{ShortNumber.Format(plan.Model.ParameterCount)} parameters{adapter}
            · step {run.LastStep:N0} of {plan.Training.Steps:N0} · {batch} per step
            · {plan.Device.ToString()}, {PlanWriter.GetName(plan.ComputeType)} · seed {plan.Seed}</p>
            <div class="bar"><i style="width:{Math.Min(100, 100.0 * run.LastStep / plan.Training.Steps):F1}%"></i></div></header>

            """);
    }

    // A file may be read long after it was written; time that is left would be wrong then.
    private static Html Facts(RunRecord run, bool isLive)
    {
        if (run.Progress is not { Last: { } last } progress) 
            return Html.From($"<p class=\"soft\">No step has been taken yet.</p>\n");
        var validation = progress.LastValidation;
        List<(string Name, string Value)> facts =
        [
            ("training loss, last step", PageNumber.Format(last.Loss)),
            ("training loss, smoothed", PageNumber.Format(progress.SmoothedLoss)),
        ];
        if (validation is not null)
        {
            facts.Add(("validation loss, last", PageNumber.Format(validation.ValidationLoss!.Value)));
            var lowest = run.Steps.Min(step => step.ValidationLoss);
            if (lowest < validation.ValidationLoss) facts.Add(("validation loss, lowest", PageNumber.Format(lowest.Value)));
        }
        else if (run.Plan.Preference is null && run.Plan.Grpo is null)
            facts.Add(("loss of random guessing", PageNumber.Format(Math.Log(run.Plan.Model.VocabSize))));
        if (run.Plan.Preference is null && run.Plan.Grpo is null)
            facts.Add((
                validation is null ? "perplexity, training" : "perplexity, validation",
                ShortNumber.Format(Math.Exp(validation?.ValidationLoss ?? progress.SmoothedLoss))));
        if ((validation?.ValidationPreference ?? last.Preference) is { } pairs)
            facts.AddRange([
                ("margin", pairs.Margin is { } margin ? PageNumber.Format(margin) : "–"),
                (run.Plan.Preference?.Objective is KtoPlan ? "answer accuracy" : "pair accuracy",
                    Invariant($"{100 * pairs.Accuracy:F0} %")),
            ]);
        if (last.Grpo is { } answers)
            facts.AddRange([
                ("reward, last step", PageNumber.Format(answers.Reward)),
                ("divergence, nats per token", PageNumber.Format(answers.Kl)),
                ("tokens per answer", PageNumber.Format(answers.AnswerTokens)),
            ]);
        if (validation?.ValidationBitsPerByte is { } bits) facts.Add(("bits per byte", Invariant($"{bits:F3}")));
        facts.AddRange([
            ("tokens read", ShortNumber.Format(last.Tokens)), ("tokens / second", ShortNumber.Format(progress.TokensPerSecond)),
        ]);
        if (progress.ModelFlopsUtilization is { } share) facts.Add(("of peak FLOP/s", Invariant($"{100 * share:F1} %")));
        facts.Add(("time", ShortNumber.FormatDuration(RunProgress.GetWallSeconds(last))));
        if (isLive && run.State == RunState.Running && double.IsFinite(progress.EstimatedSecondsLeft))
            facts.Add(("time left", ShortNumber.FormatDuration(progress.EstimatedSecondsLeft)));
        facts.Add(("peak memory", ShortNumber.FormatBytes(run.Steps.Max(s => s.MemoryBytes))));
        if (progress.Cost is { } cost) facts.Add(("cost", Invariant($"{cost:F2} {progress.Currency}").TrimEnd()));
        return HtmlPage.RenderFacts(facts);
    }

    private static Html Plan(TrainingPlan plan)
    {
        var sections = PlanWriter.GetEntries(plan)
            .Select(entry => (Parts: entry.Key.Split('.'), entry.Value))
            .GroupBy(
                entry => entry.Parts.Length == 1 ? "run" : entry.Parts[0],
                entry => (entry.Parts[^1].Replace('_', ' '), entry.Value.Trim('"')));
        return Html.From(
            $"""
            <h2>Plan</h2>
            <div class="plan">{sections.Select(section => Html.From(
                $"<section><h3>{section.Key}</h3>{HtmlPage.RenderValues(section)}</section>\n"))}</div>

            """);
    }
}
