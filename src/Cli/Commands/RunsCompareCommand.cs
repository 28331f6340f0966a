using System.CommandLine;
using TurkishLlm.Model;
using TurkishLlm.Training;

namespace TurkishLlm.Cli.Commands;

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
            Compare(display, new RunComparison([.. names.Select(name => RunRecord.Read(FoundRuns.At(name)))], parsed.GetValue(loss)), parsed.GetValue(html));
        });
        return command;
    }

    private static void Compare(Display display, RunComparison comparison, string? html)
    {
        string[] headings = ["", .. comparison.Labels];
        IReadOnlyList<string>[] rows = [.. RunFacts.All.Concat(RunFacts.To(comparison.Target)).Select(fact => (IReadOnlyList<string>)[fact.Name, .. comparison.Runs.Select(fact.Value)])];
        display.Table(headings, rows);
        foreach (var caveat in comparison.Caveats) display.Warn(caveat);

        display.Heading("What the plans say otherwise");
        if (comparison.PlanDifferences.Count == 0) display.Line("Nothing.");
        else display.Table(["key", .. comparison.Labels], comparison.PlanDifferences.Select(d => (IReadOnlyList<string>)[d.Key, .. d.Values.Select(value => Show.RelativePaths(value ?? "–"))]));

        if (html is null) return;
        File.WriteAllText(html, ComparisonPage.Html(comparison, headings, rows));
        display.Line($"→ {html}");
    }
}
