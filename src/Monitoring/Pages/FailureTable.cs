using TurkishLlm.Runs.Logs;
using static System.FormattableString;

namespace TurkishLlm.Monitoring.Pages;

/// <summary>Renders the worst answers: question with its context, expected answer, answer of the model, score.</summary>
public static class FailureTable
{
    /// <summary>Renders a table; empty if there are no answers.</summary>
    /// <param name="title">Heading of the table.</param>
    /// <param name="answers">The answers, worst first.</param>
    public static Html Render(string title, IReadOnlyList<TaskAnswer> answers)
    {
        ArgumentNullException.ThrowIfNull(answers);
        if (answers.Count == 0) return Html.Empty;
        var table = new HtmlTable(
            ("question", ColumnKind.Text), ("expected", ColumnKind.Text), ("answer", ColumnKind.Text),
            ("score", ColumnKind.Number));
        foreach (var answer in answers)
            table.Add(
                Question(answer), Html.From($"<span lang=\"tr\">{string.Join("\n", answer.Expected)}</span>"),
                answer.Answer.Length == 0 ? Html.From($"<span class=\"soft\">(empty)</span>")
                    : Html.From($"<span lang=\"tr\">{answer.Answer}</span>"),
                Html.FromText(Invariant($"{100 * answer.Score:F0} %")));
        return Html.From($"<h2>{title}</h2>\n<div class=\"card\">{table.Render()}</div>\n");
    }

    private static Html Question(TaskAnswer answer)
    {
        var context = answer.Context.Count == 0 ? Html.Empty
            : Html.From(
                $"<details><summary>context</summary><div lang=\"tr\">{string.Join("\n\n", answer.Context)}</div></details>");
        var location = Html.From($"<br><small class=\"soft\">{answer.Location}</small>");
        return Html.From($"<span lang=\"tr\">{answer.Question}</span>{location}{context}");
    }
}
