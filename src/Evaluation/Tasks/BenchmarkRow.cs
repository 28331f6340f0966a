using System.Text.Json.Nodes;

namespace TurkishLlm.Evaluation.Tasks;

/// <summary>A question of a public benchmark, independent of the form of its file.</summary>
/// <param name="Question">The question, without its choices.</param>
/// <param name="Answers">All correct answers; the first one is the reference.</param>
internal sealed record BenchmarkRow(string Question, IReadOnlyList<string> Answers)
{
    /// <summary>Texts of the choices; empty for other tasks.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Index of the correct choice.</summary>
    public int Correct { get; init; }

    /// <summary>The text that holds the answer; null for none.</summary>
    public string? Context { get; init; }

    /// <summary>Identity and origin, such as the subject, which results can be sliced by.</summary>
    public IReadOnlyList<(string Name, string Value)> Fields { get; init; } = [];

    /// <summary>Returns the row as a gold row of a style.</summary>
    public JsonObject ToJson(TaskStyle style)
    {
        var row = new JsonObject();
        if (Context is not null) row["context"] = Context;
        row["question"] = style == TaskStyle.Mmlu
            ? string.Join('\n', Choices.Select((choice, i) => $"{Letter(i)}) {choice}").Prepend(Question)) : Question;
        row["answer"] = style == TaskStyle.Mmlu ? Letter(Correct) : Answers[0];
        if (Answers.Count > 1) row["answers"] = new JsonArray([.. Answers.Select(answer => JsonValue.Create(answer))]);
        if (Choices.Count > 0)
            row["choices"] = new JsonArray(
                [.. Choices.Select((choice, i) => JsonValue.Create(style == TaskStyle.Mmlu ? Letter(i) : choice))]);
        foreach (var (name, value) in Fields) row[name] = value;
        return row;
    }

    private static string Letter(int choice) => ((char)('A' + choice)).ToString();
}
