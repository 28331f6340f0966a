using FluentAssertions;
using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Tests.Unit.Evaluation;

[Trait("Suite", "Fast")]
public sealed class TaskRowsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TaskRowsTests() => File.WriteAllText(_folder / "gold.jsonl", """
        {"question": "s1", "answer": "y1", "system": "Kısa.", "difficulty": "kolay"}
        {"question": "s2", "answer": "y2", "difficulty": "zor", "rule": 3}
        {"question": "s3", "answer": "y3", "context": "Metin üç."}
        """);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Answered_questions_come_before_the_question_and_are_not_asked()
    {
        var rows = TaskRows.Read(Task() with { FewShot = 1 }, seed: 1);
        rows.Select(row => row.Question).Should().Equal("s2", "s3");
        rows[1].Prompt.Messages.Select(message => (message.Role, message.Text)).Should().Equal(
            (ChatRole.User, "s1"), (ChatRole.Assistant, "y1"), (ChatRole.User, "s3"));
        TextModel.RenderPrompt(rows[1].Prompt).Should().Be("Soru: s1\nCevap: y1\n\nMetin: Metin üç.\nSoru: s3\nCevap:");
    }

    [Fact]
    public void Rows_know_their_fields_file_and_task_type()
    {
        var row = TaskRows.Read(Task() with { Slices = ["difficulty", "rule"] }, seed: 1)[1];
        row.Fields.Should().Contain("difficulty", "zor").And.Contain("rule", "3")
            .And.Contain("file", "gold.jsonl").And.Contain("task_type", "answer");
    }

    [Fact]
    public void Refuses_a_slice_that_no_row_has_and_too_few_rows()
    {
        FluentActions.Invoking(() => TaskRows.Read(Task() with { Slices = ["domain"] }, 1)).Should()
            .Throw<InvalidDataException>().WithMessage("No row of *gold.jsonl has the field \"domain\" of slices. Known: "
                + "difficulty, file, rule, task_type.");
        FluentActions.Invoking(() => TaskRows.Read(Task() with { FewShot = 3 }, 1)).Should().Throw<InvalidDataException>()
            .WithMessage("*gold.jsonl has 3 rows, but few_shot is 3 and at least one row must be asked. *");
    }

    [Fact]
    public void The_worst_answers_come_first_and_right_ones_do_not()
    {
        var rows = TaskRows.Read(Task(), 1);
        var evaluation = new GoldEvaluation(rows,
        [
            Result(rows[0], chrF: 0.25, loss: 1), Result(rows[1], chrF: 1, loss: 9), Result(rows[2], chrF: 0.25, loss: 2),
        ]);
        WorstAnswers.Select(evaluation, 5).Select(result => result.Row.Question).Should().Equal("s3", "s1");
        WorstAnswers.Select(evaluation, 1).Should().ContainSingle();
    }

    private static RowResult Result(GoldRow row, double chrF, double loss) => new(
        row, "?", null, new Dictionary<Metric, RowValue> { [Metric.ChrF] = new(chrF), [Metric.Loss] = new(loss) });

    private EvaluationTask Task() => new("erp", [_folder / "gold.jsonl"]);
}
