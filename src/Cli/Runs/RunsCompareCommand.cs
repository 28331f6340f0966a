using System.CommandLine;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Model;
using TurkishLlm.Monitoring;
using TurkishLlm.Monitoring.Pages;

namespace TurkishLlm.Cli.Runs;

/// <summary><c>turkishllm runs compare A B …</c></summary>
internal static class RunsCompareCommand
{
    public static Command Create(Display display)
    {
        var folders = new Argument<string[]>("runs")
        {
            Description = "Two or more run folders.", Arity = ArgumentArity.OneOrMore,
        };
        var loss = DecimalOption.CreateOptional(
            "--target-loss",
            "Report the steps, tokens and time to this smoothed training loss (default: the highest of the runs' last losses).");
        var html = HtmlFile.CreateOption("Write the comparison with all curves to this HTML file as well.");
        var json = JsonOutput.CreateLinesOption("run");
        var command = new Command("compare", "Compare runs side by side, with the differences between their plans.")
        {
            folders, loss, html, json,
        };
        command.SetAction(parsed =>
        {
            var names = parsed.GetRequiredValue(folders);
            HtmlFile.Check(parsed.GetValue(html));
            if (names.Length < 2) throw new ConfigurationException($"Only {names[0]} was given; a comparison needs two runs.");
            RunRecord[] records = [.. names.Select(name => RunRecord.Read(RunFinder.Open(name)))];
            if (parsed.GetValue(json))
                foreach (var (name, record) in names.Zip(records)) RunJson.WriteLine(display.Output, name, record);
            // The page is written in both cases; the table would not be JSON.
            var text = parsed.GetValue(json) ? new Display(TextWriter.Null, display.Program) : display;
            Compare(text, new RunComparison(records, parsed.GetValue(loss)), parsed.GetValue(html));
        });
        return command;
    }

    /// <summary>Returns the rows of the summary: a name, then a value per run.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> GetRows(RunComparison comparison) =>
    [
        .. RunFacts
            .All.Concat(RunFacts.GetTargetLossFacts(comparison.Target))
            .Select(fact => (IReadOnlyList<string>)[fact.Name, .. comparison.Runs.Select(fact.Value)]),
    ];

    private static void Compare(Display display, RunComparison comparison, string? html)
    {
        string[] headings = ["", .. comparison.Labels];
        var rows = GetRows(comparison);
        display.WriteTable(headings, rows);
        foreach (var caveat in comparison.Caveats) display.WriteWarning(caveat);

        display.WriteHeading("Plan differences");
        if (comparison.PlanDifferences.Count == 0) display.WriteLine("None.");
        else
            display.WriteTable(
                ["key", .. comparison.Labels],
                comparison.PlanDifferences.Select(d =>
                    (IReadOnlyList<string>)[d.Key, .. d.Values.Select(value => Format.RelativePaths(value ?? "–"))]));

        HtmlFile.Write(display, html, () => ComparisonPage.RenderHtml(comparison, rows));
    }
}
