using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace TurkishLlm.Training;

/// <summary>
/// <c>report.html</c>: curves, samples, plan and gate of a run on one page that needs nothing but itself — no scripts,
/// no fonts, no network.
/// </summary>
public static class RunReport
{
    private static readonly HtmlEncoder Html = HtmlEncoder.Create(UnicodeRanges.All);

    /// <summary>Writes the report of a run, finished or not.</summary>
    /// <exception cref="FileNotFoundException">The folder has no plan.</exception>
    /// <exception cref="InvalidDataException">A file of the run is not what it should be; says which.</exception>
    /// <exception cref="IOException">The report cannot be written.</exception>
    public static void Write(RunFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        RunFolder.WriteFile(folder.ReportFile, Page(
            TrainingPlan.Load(folder.PlanFile, []),
            [.. MetricsLog.Read(folder.MetricsFile)],
            [.. SampleLog.Read(folder.SamplesFile)],
            GateSummary.Read(folder.GateFile)));
    }

    private static string Page(TrainingPlan plan, IReadOnlyList<StepMetrics> steps, IReadOnlyList<TextSample> samples, GateSummary? gate) =>
        $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{Encode(plan.Name)} · training run</title>
        <style>
        {ReportStyle.Css}
        </style>
        </head>
        <body><main>
        {Header(plan, steps)}
        {Warning(steps)}
        {Facts(plan, steps)}
        {Charts(steps)}
        {Epochs(steps)}
        {Samples(samples)}
        {Gate(gate)}
        {Plan(plan)}
        </main></body>
        </html>

        """;

    private static string Header(TrainingPlan plan, IReadOnlyList<StepMetrics> steps)
    {
        var done = steps.Count > 0 ? steps[^1].Step : 0;
        var share = 100.0 * done / plan.Training.Steps;
        return Text(
            $"""
            <header><h1>{Encode(plan.Name)}</h1>
            <p class="soft">{ShortNumber.Of(plan.Model.ParameterCount)} parameters · step {done:N0} of {plan.Training.Steps:N0} · {(plan.Sft is null ? $"{ShortNumber.Of(plan.Training.TokensPerStep)} tokens" : $"{plan.Training.RowsPerStep} rows")} a step · {plan.Device}, {PlanValue.NameOf(plan.ComputeType)} · seed {plan.Seed}</p>
            <div class="bar"><i style="width:{share:F1}%"></i></div></header>
            """);
    }

    private static string Warning(IReadOnlyList<StepMetrics> steps) =>
        steps.FirstOrDefault(s => !double.IsFinite(s.Loss) || !double.IsFinite(s.GradientNorm)) is { } bad
            ? Text($"<p class=\"warn\">Loss or gradient was not a finite number at {steps.Count(s => !double.IsFinite(s.Loss) || !double.IsFinite(s.GradientNorm)):N0} steps, first at step {bad.Step:N0}.</p>")
            : "";

    private static string Facts(TrainingPlan plan, IReadOnlyList<StepMetrics> steps)
    {
        if (steps.Count == 0) return "<p class=\"soft\">No step has been taken yet.</p>";
        var last = steps[^1];
        var loss = Curve.Of([.. steps.Select(s => (s.Step, s.Loss))]).Points is [.., var point] ? point.Smooth : double.NaN;
        var validation = steps.LastOrDefault(s => s.ValidationLoss is not null)?.ValidationLoss;
        var speeds = steps.Select(s => s.TokensPerSecond).Order().ToArray();
        (string, string)[] facts =
        [
            ("training loss", Number(loss)),
            validation is { } held ? ("validation loss", Number(held)) : ("loss at random", Number(Math.Log(plan.Model.VocabSize))),
            ("perplexity", ShortNumber.Of(Math.Exp(validation ?? loss))),
            ("tokens read", ShortNumber.Of(last.Tokens)),
            ("tokens / second", ShortNumber.Of(speeds[speeds.Length / 2])),
            ("time", ShortNumber.Duration(last.Seconds)),
            ("most memory", ShortNumber.Bytes(steps.Max(s => s.MemoryBytes))),
        ];
        return $"<dl class=\"facts\">{string.Concat(facts.Select(f => $"<div><dt>{f.Item1}</dt><dd>{f.Item2}</dd></div>"))}</dl>";
    }

    private static string Charts(IReadOnlyList<StepMetrics> steps)
    {
        if (steps.Count == 0) return "";
        var loss = new Chart("Loss, nats per token", Curve.Of([.. steps.Select(s => (s.Step, s.Loss))]), Number)
        {
            Width = 1040,
            Height = 340,
            Lines = 6,
            Marks = [.. steps.Where(s => s.ValidationLoss is not null).Select(s => (s.Step, s.ValidationLoss!.Value))],
            MarksTitle = "● validation",
        };
        Chart[] small =
        [
            new("Learning rate", Curve.Of([.. steps.Select(s => (s.Step, s.LearningRate))], smoothing: 0), Rate) { FromZero = true },
            new("Gradient norm", Curve.Of([.. steps.Select(s => (s.Step, s.GradientNorm))]), Number) { FromZero = true },
            new("Tokens per second", Curve.Of([.. steps.Select(s => (s.Step, s.TokensPerSecond))]), ShortNumber.Of) { FromZero = true },
        ];
        return $"<div class=\"card wide\">{loss.Svg()}</div>\n<div class=\"charts\">{string.Concat(small.Select(chart => $"<div class=\"card\">{chart.Svg()}</div>"))}</div>";
    }

    private static string Epochs(IReadOnlyList<StepMetrics> steps)
    {
        var epochs = EpochSummary.Of(steps);
        if (epochs.Count == 0) return "";
        var rows = epochs.Select(epoch => Text(
            $"<tr><td>{(epoch.Epoch == 0 ? "before" : epoch.Epoch.ToString(CultureInfo.InvariantCulture))}</td><td>{Loss(epoch.TrainingLoss)}</td><td>{Loss(epoch.ValidationLoss)}{(epoch.IsBest ? " ★" : "")}</td><td>{Loss(epoch.TextLoss)}</td><td>{ShortNumber.Duration(epoch.Seconds)}</td></tr>\n"));
        return $"<h2>Epochs</h2>\n<div class=\"card samples\"><table><thead><tr><th>epoch</th><th>training loss</th><th>validation loss</th><th>loss on running text</th><th>time</th></tr></thead><tbody>\n{string.Concat(rows)}</tbody></table></div>";

        static string Loss(double? loss) => loss is { } value ? value.ToString("0.000", CultureInfo.InvariantCulture) : "–";
    }

    private static string Samples(IReadOnlyList<TextSample> samples) => samples.Count == 0 ? "" :
        $"<h2>What it wrote</h2>\n<div class=\"card samples\"><table><thead><tr><th>step</th><th>text, its prompt marked</th></tr></thead><tbody>\n{string.Concat(samples.Select(Sample))}</tbody></table></div>";

    private static string Sample(TextSample sample)
    {
        var (prompt, rest) = sample.Text.StartsWith(sample.Prompt, StringComparison.Ordinal)
            ? (sample.Prompt, sample.Text[sample.Prompt.Length..]) : (sample.Prompt, " … " + sample.Text);
        return Text($"<tr><td>{sample.Step:N0}</td><td lang=\"tr\"><b>{Encode(prompt)}</b>{Encode(rest)}</td></tr>\n");
    }

    private static string Gate(GateSummary? gate)
    {
        if (gate is null) return "";
        var result = gate.Judged == 0 ? "" : gate.Failed == 0
            ? Text($"<p><span class=\"good\">Open.</span> All {gate.Judged:N0} judgements hold.</p>")
            : Text($"<p><span class=\"poor\">Closed.</span> {gate.Failed:N0} of {gate.Judged:N0} judgements do not hold.</p>");
        return $"<h2>Gate</h2>\n<div class=\"card gate\">{result}<table>{Rows(gate.Facts)}</table></div>";
    }

    private static string Plan(TrainingPlan plan)
    {
        var sections = PlanText.Entries(plan)
            .Select(entry => (Parts: entry.Key.Split('.'), entry.Value))
            .GroupBy(entry => entry.Parts.Length == 1 ? "run" : entry.Parts[0], entry => (entry.Parts[^1], entry.Value.Trim('"')));
        return $"<h2>Plan</h2>\n<div class=\"plan\">{string.Concat(sections.Select(s => $"<section><h3>{s.Key}</h3><table>{Rows(s)}</table></section>\n"))}</div>";
    }

    private static string Rows(IEnumerable<(string Key, string Value)> rows) =>
        string.Concat(rows.Select(row => $"<tr><td>{Encode(row.Key.Replace('_', ' '))}</td><td>{Encode(row.Value)}</td></tr>"));

    private static string Encode(string text) => Html.Encode(text);

    private static string Number(double value) => !double.IsFinite(value) ? "–" : value.ToString(Math.Abs(value) >= 100 ? "0" : "0.00", CultureInfo.InvariantCulture);

    private static string Rate(double value) => value == 0 ? "0" : value.ToString("0.##e-0", CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
