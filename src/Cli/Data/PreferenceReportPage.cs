using TurkishLlm.Cli.Terminal;
using TurkishLlm.Data.Preference;
using TurkishLlm.Monitoring.Pages;
using TurkishLlm.Plans;

namespace TurkishLlm.Cli.Data;

/// <summary>Renders what a preference plan trains on as a self-contained HTML page.</summary>
internal static class PreferenceReportPage
{
    /// <summary>Renders the page.</summary>
    public static string Render(PreferenceDataset data, TrainingPlan plan)
    {
        var pairs = data.TrainIndices.Select(number => data.Pairs[number]).ToArray();
        int[] lengths = [.. pairs.Select(pair => Math.Max(pair.Chosen.Length, pair.Rejected.Length))];
        var about = Format.Invariant(
            $"preference pairs · {Format.Count(data.Report.Count, "file")} · sequence length {plan.Training.SequenceLength:N0}");
        return HtmlPage.Render(
            $"{plan.Name} · preference pairs",
            Html.From(
                $"""
                {HtmlPage.RenderHeader(plan.Name, Html.From($"{about}"))}
                {HtmlPage.RenderFacts(
                [
                    ("training pairs", Format.Count(pairs.Length)), ("held out", Format.Count(data.ValidationIndices.Count)),
                    ("chosen answer longer", Format.Percent((double)pairs.Count(pair => pair.Chosen.Length > pair.Rejected.Length) / pairs.Length)),
                    ("median length", pairs.Length == 0 ? "–" : Format.Count(lengths.Order().ElementAt(lengths.Length / 2))),
                ])}
                {RowOutcomeTable.Render(data.Report.Select(file => (Format.RelativePaths(file.File), file.Rows)))}
                <h2>Lengths</h2>
                <p class="soft">Question and longer answer.</p>
                <div class="card">{LengthHistogram.Render("pairs", lengths)}</div>
                {RowOutcomeTable.RenderProblems(data.Report.SelectMany(file => file.Problems))}
                """));
    }
}
