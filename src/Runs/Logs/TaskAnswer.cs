using TurkishLlm.Evaluation.Tasks;

namespace TurkishLlm.Runs.Logs;

/// <summary>One of the worst answers of a measurement: a line of <c>answers.jsonl</c>.</summary>
/// <param name="Step">Number of the step after which the model was asked; 0 before training.</param>
/// <param name="Task">The task.</param>
/// <param name="Location">Name of the file, and line of the question.</param>
/// <param name="Question">The question.</param>
/// <param name="Context">Texts to answer it from; empty for none.</param>
/// <param name="Expected">The correct answers.</param>
/// <param name="Answer">The answer of the model, or its preferred choice.</param>
/// <param name="Score">Score by which the answers are ranked, from 0 to 1.</param>
public sealed record TaskAnswer(
    long Step, string Task, string Location, string Question, IReadOnlyList<string> Context, IReadOnlyList<string> Expected,
    string Answer, double Score)
{
    /// <summary>Creates the line of an answer.</summary>
    /// <param name="step">The last step taken.</param>
    /// <param name="task">The task.</param>
    /// <param name="result">The answer.</param>
    public static TaskAnswer FromResult(long step, string task, RowResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var row = result.Row;
        return new(
            step, task, Path.GetFileName(row.Location), row.Question, row.Prompt.Messages[^1].Context, [.. row.References],
            result.Answer, WorstAnswers.GetScore(result));
    }
}
