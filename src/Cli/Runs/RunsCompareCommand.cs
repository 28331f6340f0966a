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
        var folders = new Argument<string[]>("runs") { Description = "Two run folders or more.", Arity = ArgumentArity.OneOrMore };
        var loss = DecimalOption.CreateOptional("--loss", "Tells how long each took to this smoothed training loss; without it, to the highest of their last ones.");
        var html = new Option<string>("--html") { Description = "Writes a page with the curves over each other." };
        var command = new Command("compare", "Puts runs side by side, with all that their plans say otherwise. Example: turkishllm runs compare runs/a runs/b --html compare.html") { folders, loss, html };
        command.SetAction(parsed =>
        {
            var names = parsed.GetRequiredValue(folders);
            if (names.Length < 2) throw new ConfigurationException($"Only {names[0]} was given; two runs are needed to compare.");
            Compare(display, new RunComparison([.. names.Select(name => RunRecord.Read(RunFinder.Open(name)))], parsed.GetValue(loss)), parsed.GetValue(html));
        });
        return command;
    }

    private static void Compare(Display display, RunComparison comparison, string? html)
    {
        string[] headings = ["", .. comparison.Labels];
        IReadOnlyList<string>[] rows = [.. RunFacts.All.Concat(RunFacts.GetTargetLossFacts(comparison.Target)).Select(fact => (IReadOnlyList<string>)[fact.Name, .. comparison.Runs.Select(fact.Value)])];
        display.WriteTable(headings, rows);
        foreach (var caveat in comparison.Caveats) display.WriteWarning(caveat);

        display.WriteHeading("What the plans say otherwise");
        if (comparison.PlanDifferences.Count == 0) display.WriteLine("Nothing.");
        else display.WriteTable(["key", .. comparison.Labels], comparison.PlanDifferences.Select(d => (IReadOnlyList<string>)[d.Key, .. d.Values.Select(value => Format.RelativePaths(value ?? "–"))]));

        if (html is null) return;
        File.WriteAllText(html, ComparisonPage.RenderHtml(comparison, headings, rows));
        display.WriteLine($"→ {html}");
    }
}
