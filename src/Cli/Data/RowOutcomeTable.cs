using TurkishLlm.Cli.Terminal;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Monitoring.Pages;

namespace TurkishLlm.Cli.Data;

/// <summary>Renders what happened to the rows of each source: trained on, held out, excluded.</summary>
internal static class RowOutcomeTable
{
    private static readonly Html BarLegend = Legend.Render(
        LegendEntry.ForArea("line", "training"), LegendEntry.ForArea("good", "held out for validation"),
        LegendEntry.ForArea("mark", "excluded"));

    /// <summary>Renders the table.</summary>
    public static Html Render(IEnumerable<(string Name, IReadOnlyDictionary<RowOutcome, long> Rows)> sources)
    {
        (string Name, IReadOnlyDictionary<RowOutcome, long> Rows)[] all = [.. sources];
        RowOutcome[] outcomes =
        [
            .. Enum.GetValues<RowOutcome>().Where(outcome => all.Any(source => source.Rows.GetValueOrDefault(outcome) > 0)),
        ];
        var table = new HtmlTable(
        [
            ("source", ColumnKind.Text), ("rows", ColumnKind.Number), ("kept and excluded", ColumnKind.Bar),
            .. outcomes.Select(outcome => (GetDisplayName(outcome), ColumnKind.Number)),
        ]);
        foreach (var (name, rows) in all)
            table.Add([
                Html.FromText(name), Html.FromText(Format.Count(rows.Values.Sum())), RenderBar(rows),
                .. outcomes.Select(outcome => Html.FromText(Format.Count(rows.GetValueOrDefault(outcome)))),
            ]);
        return Html.From($"<h2>Rows</h2>\n<div class=\"card\">{BarLegend}{table.Render()}</div>\n");
    }

    /// <summary>Renders the first invalid rows of all sources.</summary>
    public static Html RenderProblems(IEnumerable<string> problems)
    {
        Html[] rows = [.. problems.Select(problem => Html.From($"<li>{Format.RelativePaths(problem)}</li>\n"))];
        return rows.Length == 0 ? Html.Empty : Html.From(
            $"""
            <h2>Invalid rows</h2>
            <p class="soft">The first of each source.</p>
            <ul class="card list">{rows}</ul>

            """);
    }

    /// <summary>Returns the name of an outcome for people.</summary>
    public static string GetDisplayName(RowOutcome outcome) => outcome switch
    {
        RowOutcome.NothingToLearn => "no answer",
        RowOutcome.Pruned => "pruned by loss",
        RowOutcome.InValidation => "in validation file",
        RowOutcome.PromptTooLong => "question too long",
        RowOutcome.AnswerTooLong => "answer too long",
        _ => outcome.ToString().ToLowerInvariant(),
    };

    private static Html RenderBar(IReadOnlyDictionary<RowOutcome, long> rows)
    {
        var all = Math.Max(1, rows.Values.Sum());
        var (train, held) = (rows.GetValueOrDefault(RowOutcome.Train), rows.GetValueOrDefault(RowOutcome.Validation));
        (string Class, long Rows)[] parts = [("line", train), ("good", held), ("mark", rows.Values.Sum() - train - held)];
        var segments = parts.Where(part => part.Rows > 0).Select(part =>
            Html.From($"<i class=\"{part.Class}\" style=\"width:{100.0 * part.Rows / all:F2}%\"></i>"));
        return Html.From($"<div class=\"track parts\">{segments}</div>");
    }
}
