using TurkishLlm.Cli.Terminal;
using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Monitoring.Pages;

namespace TurkishLlm.Cli.Evaluation;

/// <summary>Renders questions with their reference answers and the answers of models, filterable without scripts.</summary>
internal static class AnswerTable
{
    private const int Shown = 2000;

    // Metrics of how an answer ends are the same for nearly all rows.
    private static readonly Metric[] ShownMetrics =
        [Metric.F1, Metric.FieldF1, Metric.RougeL, Metric.ChrF, Metric.Grounded, Metric.Loss];

    /// <summary>Renders all answers.</summary>
    /// <param name="own">The answers of the model.</param>
    /// <param name="otherName">The model to compare with; null for none.</param>
    /// <param name="other">Its answers.</param>
    public static Html Render(GoldEvaluation own, string? otherName, GoldEvaluation? other)
    {
        (string, ColumnKind)[] columns =
        [
            ("question", ColumnKind.Text), ("expected", ColumnKind.Text), ("answer", ColumnKind.Text),
            .. other is null ? [] : new[] { ($"answer of {Format.RelativePaths(otherName!)}", ColumnKind.Text) },
            ("scores", ColumnKind.Text),
        ];
        var table = new HtmlTable(columns);
        var count = Math.Min(Shown, own.Rows.Count);
        for (var i = 0; i < count; i++) AddRow(table, own.Rows[i], own.Results[i], other?.Results[i], other is not null);
        var states = own.Results.Take(count).GroupBy(GetClass).ToDictionary(group => group.Key, group => group.Count());
        var cut = count == own.Rows.Count ? Html.Empty
            : Html.From($"<p class=\"soft\">The first {count:N0} of {own.Rows.Count:N0} questions; --rows writes all.</p>\n");
        return Html.From(
            $"""
            <h2>Questions and answers</h2>
            {cut}<div class="card">{HtmlPage.RenderFilter("answers", Groups(states), table.Render())}</div>

            """);
    }

    /// <summary>Returns whether an answer is right; null if its task has no right and wrong.</summary>
    public static bool? IsRight(RowResult result)
    {
        foreach (var metric in (Metric[])[Metric.ExactMatch, Metric.Accuracy, Metric.RefusalRate])
            if (result.Values.TryGetValue(metric, out var value)) return value.Sum / value.Weight == 1;
        return null;
    }

    private static void AddRow(HtmlTable table, GoldRow row, RowResult? result, RowResult? other, bool isCompared)
    {
        var context = string.Join("\n\n", row.Context);
        var details = context.Length == 0 ? Html.Empty
            : Html.From($"<details><summary>context</summary><div>{context}</div></details>");
        var choices = row.IsChoice
            ? Html.From($"<br><small class=\"soft\">of {string.Join(" | ", row.Choices)}</small>")
            : Html.Empty;
        var location = Html.From($"<br><small class=\"soft\">{Shorten(row.Location)}</small>");
        table.Add(
            GetClass(result),
            [
                Html.From($"<span lang=\"tr\">{row.Question}</span>{location}{details}"),
                Html.From($"<span lang=\"tr\">{string.Join("\n", row.References)}</span>{choices}"), Answer(result),
                .. isCompared ? [Answer(other)] : Array.Empty<Html>(), Html.From($"<small>{Scores(result)}</small>"),
            ]);
    }

    private static Html Answer(RowResult? result) => result is null
        ? Html.From($"<span class=\"soft\">too long for the model, not asked</span>")
        : result.Answer.Length == 0 ? Html.From($"<span class=\"soft\">(empty)</span>")
        : Html.From($"<span lang=\"tr\">{result.Answer}</span>");

    private static string Scores(RowResult? result) => result is null ? "–" : string.Join(
        " · ",
        ShownMetrics.Where(result.Values.ContainsKey).Select(metric =>
            $"{metric.Title} {EvaluationText.FormatValue(metric, result.Values[metric].Sum / result.Values[metric].Weight)}"));

    private static IEnumerable<(string, string)> Groups(Dictionary<string, int> states)
    {
        if (states.TryGetValue("right", out var right)) yield return ($"✓ right ({Format.Count(right)})", "good");
        if (states.TryGetValue("wrong", out var wrong)) yield return ($"✗ wrong ({Format.Count(wrong)})", "poor");
        if (states.TryGetValue("other", out var other)) yield return ($"not judged ({Format.Count(other)})", "other");
    }

    private static string GetClass(RowResult? result) =>
        result is null ? "other" : IsRight(result) switch { true => "right", false => "wrong", _ => "other" };

    // The name of the file is enough; its folders are in the command.
    private static string Shorten(string location) => Path.GetFileName(location);
}
