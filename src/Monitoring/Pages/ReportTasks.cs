using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using static System.FormattableString;

namespace TurkishLlm.Monitoring.Pages;

/// <summary>Renders the tasks of a report: a curve for each metric with its slices, the last values, the worst answers.</summary>
internal static class ReportTasks
{
    private const int MaxSlices = 6;

    // A chart of one slice of each field would show the same line twice.
    private static readonly Metric[] Sliced =
        [Metric.ExactMatch, Metric.Accuracy, Metric.RefusalRate, Metric.FieldF1, Metric.Grounded];

    /// <summary>Renders the section; empty for a run without tasks.</summary>
    /// <param name="run">The run.</param>
    /// <param name="answers">The worst answers of all measurements.</param>
    public static Html Render(RunRecord run, IReadOnlyList<TaskAnswer> answers)
    {
        var measured = GetMeasurements(run.Steps);
        if (measured.Count == 0) return Html.Empty;
        var metric = CheckpointMetric.FromPlan(run.Plan);
        var best = metric.FindBest(run.Steps);
        var names = measured.SelectMany(one => one.Tasks.Keys).Distinct(StringComparer.Ordinal);
        return Html.Concat(
            Html.From($"<h2>Tasks</h2>\n{DescribeBest(metric, best?.Step, best?.Value)}"),
            Html.Concat(names.Select(name => RenderTask(name, measured))),
            FailureTable.Render(
                "Worst answers of the last measurement",
                [
                    .. answers.GroupBy(answer => answer.Task, StringComparer.Ordinal)
                        .SelectMany(task => task.GroupBy(answer => answer.Step).MaxBy(step => step.Key)!),
                ]));
    }

    private static Html DescribeBest(CheckpointMetric metric, long? step, double? value) =>
        step is not { } at || value is not { } reached ? Html.Empty
            : Html.From(
                $"<p>Best checkpoint: step {at:N0}, the {metric.Superlative} {metric.Title} ({metric.Format(reached)}).</p>\n");

    private static Html RenderTask(string name, IReadOnlyList<(long Step, IReadOnlyDictionary<string, TaskMetrics> Tasks)> all)
    {
        var own = all.Where(one => one.Tasks.ContainsKey(name)).Select(one => (one.Step, Metrics: one.Tasks[name])).ToArray();
        var metrics = Metric.All.Where(metric =>
            metric.IsHeadline && own.Any(one => one.Metrics.Metrics.ContainsKey(metric.Name)));
        var charts = metrics.Select(metric => Html.From(
            $"<div class=\"card\">{new Chart($"{name}: {metric.Title}", GetLines(metric, own), metric.Format)
            {
                FromZero = metric.IsShare,
            }.Render()}</div>\n"));
        var last = own[^1].Metrics;
        var skipped = last.Skipped == 0 ? "" : Invariant($", {last.Skipped} too long for the model");
        return Html.From(
            $"""
            <h3>{name} <span class="soft">{last.Rows:N0} rows{skipped}</span></h3>
            <div class="charts">{charts}</div>
            {RenderSlices(last)}

            """);
    }

    private static ChartLine[] GetLines(Metric metric, (long Step, TaskMetrics Metrics)[] own)
    {
        var lines = new List<ChartLine> { new("all rows", Curve.FromValues(Values(task => task.Metrics), smooth: false), "all") };
        var slices = own[^1].Metrics.Slices;
        if (slices is not null && Sliced.Contains(metric))
            foreach (var (field, values) in slices.Where(slice => slice.Value.Count is > 1 and <= MaxSlices).Take(1))
                lines.AddRange(values.Keys.Select(value => new ChartLine(
                    $"{field} {value}",
                    Curve.FromValues(
                        Values(task => task.Slices?.GetValueOrDefault(field)?.GetValueOrDefault(value)), smooth: false),
                    value)));
        return [.. lines];

        IEnumerable<(double X, double Value)> Values(
            Func<TaskMetrics, IReadOnlyDictionary<string, MetricValue>?> getMetrics) =>
            from one in own
            let found = getMetrics(one.Metrics)
            where found is not null && found.ContainsKey(metric.Name)
            select ((double)one.Step, found[metric.Name].Value);
    }

    private static Html RenderSlices(TaskMetrics last)
    {
        if (last.Slices is null) return Html.Empty;
        Metric[] metrics = [.. Metric.All.Where(metric => metric.IsHeadline && last.Metrics.ContainsKey(metric.Name))];
        string[] headings = ["slice", .. metrics.Select(metric => metric.Title)];
        var rows = last.GetParts().Select(part => (IReadOnlyList<string>)
        [
            part.Slice ?? "all rows",
            .. metrics.Select(metric =>
                part.Metrics.TryGetValue(metric.Name, out var value) ? metric.Format(value.Value) : "–"),
        ]);
        return Html.From($"<div class=\"card\">{HtmlTable.Render(headings, rows)}</div>\n");
    }

    private static List<(long Step, IReadOnlyDictionary<string, TaskMetrics> Tasks)> GetMeasurements(
        IReadOnlyList<StepMetrics> steps)
    {
        var all = new List<(long, IReadOnlyDictionary<string, TaskMetrics>)>();
        if (steps is [{ InitialValidation.Tasks: { } before }, ..]) all.Add((0, before));
        all.AddRange(steps.Where(step => step.Tasks is not null).Select(step => (step.Step, step.Tasks!)));
        return all;
    }
}
