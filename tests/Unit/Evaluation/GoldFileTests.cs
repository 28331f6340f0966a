using FluentAssertions;
using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Data;

namespace TurkishLlm.Tests.Unit.Evaluation;

public sealed class GoldFileTests : IDisposable
{
    private static readonly string Folder = Path.Combine(ReferenceRun.Fixtures, "evaluation");
    private readonly TemporaryDirectory _here = new();

    public void Dispose() => _here.Dispose();

    [Theory]
    [InlineData("answers", "Answer×8")]
    [InlineData("context", "GroundedAnswer×4 Refusal×2")]
    [InlineData("choices", "MultipleChoice×3")]
    [InlineData("choices-listed", "MultipleChoice×2")]
    [InlineData("classes", "Classification×6")]
    [InlineData("extraction", "Extraction×2")]
    public void Recognises_what_the_questions_ask_for(string file, string shapes) =>
        string.Join(
                ' ', Read(Path.Combine(Folder, file + ".jsonl"))
                    .CountBy(row => row.TaskType)
                    .Select(shape => $"{shape.Key}×{shape.Value}"))
            .Should()
            .Be(shapes);

    [Fact]
    public void Options_are_what_the_answer_writes_of_them()
    {
        var rows = Read(Path.Combine(Folder, "choices.jsonl"));
        rows[0].Choices.Should().Equal("A) PVC", "B) Bakır", "C) XLPE", "D) Mika bant");
        rows[2].Choices.Should().Equal("A", "B", "C", "D");
        rows[2].Reference.Text.Should().Be("A");
        Read("""{"question": "Hangisi?\nA) bakır\nB) PVC", "answer": "PVC"}""")[0].Choices.Should().Equal("bakır", "PVC");
        Read("""{"question": "Hangisi?\nA) bakır\nB) PVC", "answer": "mika"}""")[0]
            .Should()
            .Match<GoldRow>(row => row.Choices.Count == 0 && row.TaskType == TaskType.Answer);
        Read("""{"question": "A) şıkkı nedir?\nC) bakır", "answer": "C) bakır"}""")[0].Choices.Should().BeEmpty();
    }

    [Fact]
    public void Keeps_the_question_apart_from_the_answer_and_takes_other_answers()
    {
        var row = Read(
                """{"system": "Kısa.", "context": ["a b"], "question": "Kim?", "answer": "Üretim müdürü", "answers": ["müdür", "Üretim müdürü"]}"""
            )
            .Single();
        row.Prompt.Messages.Select(message => message.Text).Should().Equal("Kısa.", "Kim?");
        row.References.Should().Equal("Üretim müdürü", "müdür");
        (row.TaskType, row.Question, row.IsChoice).Should().Be((TaskType.GroundedAnswer, "Kim?", false));
        row.Location.Should().EndWith("gold.jsonl:1");
        Read(
                """{"question": "Kim?", "answer": "a", "answers": {"text": ["b"], "answer_start": [3]}, "choices": {"label": ["A"]}}"""
            )
            .Single()
            .References.Should()
            .Equal("a", "b");
    }

    [Fact]
    public void A_refusal_is_recognized_by_its_words() =>
        Read("""{"question": "Kim?", "answer": "Üzgünüm, BU KONUDA BİLGİM YOK!"}""")[0].TaskType.Should().Be(TaskType.Refusal);

    [Theory]
    [InlineData("""{"messages": [{"role": "user", "content": "Kim?"}]}""", "{0}:1: the row has no reference answer.")]
    [InlineData(
        """{"question": "Kim?", "answer": "c", "choices": ["a", "b"]}""",
        "{0}:1: the answer \"c\" is not among the choices \"a\", \"b\".")]
    [InlineData(
        """{"text": "metin", "label": "x"}""", "{0}:1: the file has only one class, \"x\"; classification needs at least two.")]
    [InlineData(
        """{"input_ids": [0, 5], "labels": [-100, 5]}""",
        "{0} holds tokens, but evaluation compares texts. Pass the file that the tokens were made from.")]
    public void Refuses_rows_without_a_right_answer(string row, string message)
    {
        var file = _here.Write("gold.jsonl", row + "\n");
        FluentActions
            .Invoking(() => GoldFile.Read(file, Refusal.DefaultText))
            .Should()
            .Throw<InvalidDataException>()
            .WithMessage(message.Replace("{0}", file, StringComparison.Ordinal));
    }

    private IReadOnlyList<GoldRow> Read(string fileOrRow) =>
        GoldFile.Read(fileOrRow.StartsWith('{') ? _here.Write("gold.jsonl", fileOrRow + "\n") : fileOrRow, Refusal.DefaultText);
}
