using TurkishLlm.Runs.Logs;
using static System.FormattableString;
using static TurkishLlm.Monitoring.Pages.HtmlText;

namespace TurkishLlm.Monitoring.Pages;

/// <summary>Renders the samples of a report: a row per step, a column per prompt.</summary>
internal static class ReportSamples
{
    private const int Shown = 8;

    public static string RenderHtml(IReadOnlyList<TextSample> samples)
    {
        if (samples.Count == 0) return "";
        var prompts = samples.Select(sample => sample.Prompt).Distinct(StringComparer.Ordinal).ToArray();
        var steps = samples.GroupBy(sample => sample.Step).ToArray();
        var some =
            steps.Length <= Shown
                ? steps
                : [.. Enumerable.Range(0, Shown).Select(i => steps[i * (steps.Length - 1) / (Shown - 1)])];
        var all =
            steps.Length <= Shown
                ? ""
                : Invariant($"<details><summary>All {steps.Length:N0} steps</summary>{Table(prompts, steps)}</details>");
        return $"<h2>Samples</h2>\n{Table(prompts, some)}{all}";
    }

    private static string Table(string[] prompts, IEnumerable<IGrouping<long, TextSample>> steps) =>
        "<div class=\"card samples\"><table><thead><tr><th>step</th>"
        + $"{string.Concat(prompts.Select(prompt => $"<th lang=\"tr\">{Encode(prompt)} …</th>"))}</tr></thead><tbody>\n"
        + $"{string.Concat(steps.Select(step => Row(prompts, step)))}</tbody></table></div>";

    private static string Row(string[] prompts, IGrouping<long, TextSample> step) =>
        Invariant($"<tr><th scope=\"row\">step {step.Key:N0}</th>")
        + string.Concat(prompts.Select(prompt =>
            step.LastOrDefault(sample => sample.Prompt == prompt) is { } sample
                ? $"<td lang=\"tr\">{Sample(sample)}</td>"
                : "<td lang=\"tr\"></td>"))
        + "</tr>\n";

    private static string Sample(TextSample sample)
    {
        var (prompt, rest) = sample.Text.StartsWith(sample.Prompt, StringComparison.Ordinal)
            ? (sample.Prompt, sample.Text[sample.Prompt.Length..]) : (sample.Prompt, " … " + sample.Text);
        return $"<b>{Encode(prompt)}</b>{Encode(rest)}";
    }
}
