using TurkishLlm.Cli.Terminal;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Data.Packing;
using TurkishLlm.Monitoring.Pages;
using TurkishLlm.Plans;

namespace TurkishLlm.Cli.Data;

/// <summary>Renders what a fine-tuning plan trains on as a self-contained HTML page.</summary>
internal static class SftReportPage
{
    private static readonly Html MaskLegend = Legend.Render(
        LegendEntry.ForArea("line", "supervised: the loss counts these tokens"),
        LegendEntry.ForArea("raw", "read only: questions, context, control tokens"));

    /// <summary>Renders the page.</summary>
    public static string Render(SftDataset data, TrainingPlan plan)
    {
        int[] lengths = [.. data.Train.Select(example => example.Tokens.Length)];
        SftSourceReport[] files = [.. data.Report, .. data.ValidationReport];
        return HtmlPage.Render(
            $"{plan.Name} · training data",
            Html.From(
                $"""
                {HtmlPage.RenderHeader(plan.Name, Html.From($"fine-tuning data · {data.Report.Count} sources · sequence length {plan.Training.SequenceLength:N0}"))}
                {Facts(data, plan, lengths)}
                {RowOutcomeTable.Render(files.Select(source => ($"{source.Name}, {source.Format}", source.Rows)))}
                {Masks(data, plan)}
                <h2>Lengths of training examples</h2>
                <div class="card">{LengthHistogram.Render("examples", lengths)}</div>
                {Truncations(data)}
                {data.Report.Where(source => source.Labels.Count > 0).Select(Labels)}
                {RowOutcomeTable.RenderProblems(files.SelectMany(source => source.Problems))}
                """));
    }

    private static Html Facts(SftDataset data, TrainingPlan plan, int[] lengths)
    {
        var tokens = lengths.Sum(length => (long)length);
        var packed = lengths.Length == 0 ? 0 : RowPacking.PackBestFit(lengths, plan.Training.SequenceLength).Count;
        var supervised = data.Train.Sum(example => (long)example.Tokens.SupervisedCount);
        return HtmlPage.RenderFacts(
        [
            ("training examples", Format.Count(lengths.Length)), ("held out", Format.Count(data.Validation.Count)),
            ("tokens per epoch", Format.Count(tokens)),
            ("supervised", Format.Percent((double)supervised / tokens)),
            ("median length", lengths.Length == 0 ? "–" : Format.Count(lengths.Order().ElementAt(lengths.Length / 2))),
            ("packed rows", Format.Count(packed)),
            ("rows filled", Format.Percent((double)tokens / ((long)packed * plan.Training.SequenceLength))),
        ]);
    }

    private static Html Masks(SftDataset data, TrainingPlan plan)
    {
        var table = new HtmlTable(
            ("source", ColumnKind.Text), ("supervised", ColumnKind.Bar), ("share", ColumnKind.Number),
            ("supervised tokens", ColumnKind.Number), ("tokens", ColumnKind.Number), ("weight", ColumnKind.Number));
        foreach (var (source, planned) in data.Report.Zip(plan.Sft!.Sources))
        {
            var share = (double)source.SupervisedTokens / source.Tokens;
            table.Add(
                Html.FromText(source.Name), HtmlPage.RenderBar(double.IsNaN(share) ? 0 : share),
                Html.FromText(Format.Percent(share)),
                Html.FromText(Format.Count(source.SupervisedTokens)), Html.FromText(Format.Count(source.Tokens)),
                Html.From($"{planned.Weight:0.##}"));
        }
        return Html.From($"<h2>Loss mask</h2>\n<div class=\"card\">{MaskLegend}{table.Render()}</div>\n");
    }

    private static Html Truncations(SftDataset data)
    {
        if (data.Report.All(source => source.Truncations.Values.Sum() == 0)) return Html.Empty;
        TruncatedPart[] parts = [TruncatedPart.Context, TruncatedPart.Turns, TruncatedPart.Answer];
        return Html.From(
            $"""
            <h2>Truncated examples</h2>
            <p class="soft">Examples that are kept, by the part that was cut to fit the sequence length.</p>
            <div class="card">{HtmlTable.Render(
                ["source", "context cut", "turns cut", "answer cut"],
                data.Report.Select(source => (IReadOnlyList<string>)
                    [source.Name, .. parts.Select(part => Format.Count(source.Truncations.GetValueOrDefault(part)))]))}</div>

            """);
    }

    private static Html Labels(SftSourceReport source)
    {
        var all = source.Labels.Sum(label => label.Rows);
        return Html.From(
            $"""
            <h2>Classes of {source.Name}</h2>
            <div class="card">{HtmlTable.Render(
                ["class", "rows", "share"],
                source.Labels.Select(label => (IReadOnlyList<string>)
                    [label.Label, Format.Count(label.Rows), Format.Percent((double)label.Rows / all)]),
                [.. source.Labels.Select(label => label.Rows)])}</div>

            """);
    }
}
