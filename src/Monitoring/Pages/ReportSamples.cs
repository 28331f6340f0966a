using TurkishLlm.Runs.Logs;

namespace TurkishLlm.Monitoring.Pages;

/// <summary>Renders the samples of a report: a row per step, a column per prompt.</summary>
internal static class ReportSamples
{
    private const int Shown = 8;

    public static Html Render(IReadOnlyList<TextSample> samples)
    {
        if (samples.Count == 0) return Html.Empty;
        var prompts = samples.Select(sample => sample.Prompt).Distinct(StringComparer.Ordinal).ToArray();
        var steps = samples.GroupBy(sample => sample.Step).ToArray();
        var some =
            steps.Length <= Shown
                ? steps
                : [.. Enumerable.Range(0, Shown).Select(i => steps[i * (steps.Length - 1) / (Shown - 1)])];
        var all = steps.Length <= Shown ? Html.Empty
            : Html.From($"<details><summary>All {steps.Length:N0} steps</summary>{Table(prompts, steps)}</details>\n");
        return Html.From($"<h2>Samples</h2>\n{Table(prompts, some)}{all}");
    }

    private static Html Table(string[] prompts, IEnumerable<IGrouping<long, TextSample>> steps)
    {
        var table = new HtmlTable([("step", ColumnKind.Text), .. prompts.Select(prompt => ($"{prompt} …", ColumnKind.Text))])
        {
            HasEqualColumns = true,
        };
        foreach (var step in steps)
            table.Add([
                Html.From($"step {step.Key:N0}"),
                .. prompts.Select(prompt =>
                    step.LastOrDefault(sample => sample.Prompt == prompt) is { } sample ? Sample(sample) : Html.Empty),
            ]);
        return Html.From($"<div class=\"card samples\" lang=\"tr\">{table.Render()}</div>\n");
    }

    private static Html Sample(TextSample sample)
    {
        var (prompt, rest) = sample.Text.StartsWith(sample.Prompt, StringComparison.Ordinal)
            ? (sample.Prompt, sample.Text[sample.Prompt.Length..]) : (sample.Prompt, " … " + sample.Text);
        return Html.From($"<b>{prompt}</b>{rest}");
    }
}
