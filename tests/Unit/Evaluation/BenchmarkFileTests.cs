using FluentAssertions;
using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;

namespace TurkishLlm.Tests.Unit.Evaluation;

[Trait("Suite", "Fast")]
public sealed class BenchmarkFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"question": "Başkent?", "choices": ["İzmir", "Ankara"], "answer": 1, "subject": "coğrafya"}""")]
    [InlineData("""{"question": "Başkent?", "choices": ["İzmir", "Ankara"], "answer": "B", "subject": "coğrafya"}""")]
    [InlineData("""{"question": "Başkent?", "choices": ["İzmir", "Ankara"], "answer": "Ankara", "subject": "coğrafya"}""")]
    [InlineData(
        """
        [{"question": "Başkent?", "choices": {"text": ["İzmir", "Ankara"], "label": ["1", "2"]}, "answerKey": "2", "subject": "coğrafya"}]
        """)]
    [InlineData(
        """
        {"id": 7, "question": {"stem": "Başkent?", "choices": [{"text": "İzmir", "label": "A"}, {"text": "Ankara", "label": "B"}]}, "answerKey": "B", "info": {"subject": "coğrafya"}}
        """)]
    [InlineData(
        """
        {"instruction": "Seç.", "input": "Başkent?\nA) İzmir\nB) Ankara", "output": "B) Ankara", "subject": "coğrafya"}
        """)]
    [InlineData("""{"instruction": "Başkent?\nA) İzmir\nB) Ankara", "output": "B", "subject": "coğrafya"}""")]
    public void Reads_choices_in_every_form(string benchmark)
    {
        var arc = Convert(benchmark, TaskStyle.Arc).Single();
        (arc.TaskType, arc.Question, arc.Reference.Text).Should().Be((TaskType.MultipleChoice, "Başkent?", "Ankara"));
        arc.Choices.Should().Equal("İzmir", "Ankara");
        arc.Fields["subject"].Should().Be("coğrafya");

        var mmlu = Convert(benchmark, TaskStyle.Mmlu).Single();
        (mmlu.Question, mmlu.Reference.Text).Should().Be(("Başkent?\nA) İzmir\nB) Ankara", "B"));
        mmlu.Choices.Should().Equal("A", "B");
    }

    [Theory]
    [InlineData(
        """
        {"data": [{"title": "x", "paragraphs": [{"context": "Depo Iğdır'da.", "qas": [{"id": "q1", "question": "Nerede?", "answers": [{"text": "Iğdır", "answer_start": 5}, {"text": "Iğdır'da", "answer_start": 5}]}]}]}]}
        """)]
    [InlineData(
        """
        {"id": "q1", "context": "Depo Iğdır'da.", "question": "Nerede?", "answers": {"text": ["Iğdır", "Iğdır'da"], "answer_start": [5, 5]}}
        """)]
    public void Reads_extractive_questions_in_every_form(string benchmark)
    {
        var row = Convert(benchmark, TaskStyle.Xquad).Single();
        (row.TaskType, row.Question, row.Reference.Text).Should().Be((TaskType.GroundedAnswer, "Nerede?", "Iğdır"));
        row.Context.Should().Equal("Depo Iğdır'da.");
        row.References.Should().Equal("Iğdır", "Iğdır'da");
        WordOverlap.IsExactMatch("IĞDIR’DA", row.Reference.Text).Should().BeTrue("letter case and suffix do not matter");
    }

    [Fact]
    public void Reads_calculations()
    {
        var row = Convert(
            """{"question": "3 makara kaç lira?", "answer": "3 × 400 = 1200\n#### 1.200"}""", TaskStyle.Gsm8k).Single();
        row.TaskType.Should().Be(TaskType.Number);
    }

    [Theory]
    [InlineData(TaskStyle.Arc,
        """
        {"question": "Başkent?", "choices": ["İzmir", "Ankara"], "answer": 2}
        """, "the answer 2 is none of the 2 choices*")]
    [InlineData(TaskStyle.Arc,
        """
        {"question": "Başkent?", "choices": ["İzmir"], "answer": 0}
        """, "the choices must be a list of 2 to 26 texts.")]
    [InlineData(TaskStyle.Arc,
        """
        {"question": "Başkent?", "answer": 0}
        """, "*has no choices or options or secenekler; its keys are question, answer.*")]
    [InlineData(TaskStyle.Arc, """{"instruction": "Başkent?", "output": "Ankara"}""", "the question needs lines A), B) *")]
    [InlineData(TaskStyle.Gsm8k, """{"question": "Kaç?", "answer": "1200"}""", "the answer does not end with #### and a number.")]
    [InlineData(TaskStyle.Xquad,
        """
        {"question": "Nerede?", "context": "Depo.", "answers": {"text": []}}
        """, "the question has no answer.")]
    [InlineData(TaskStyle.Xquad, """[1]""", "*is not an object.")]
    [InlineData(TaskStyle.Xquad, """{"question": """, "*")]
    public void Refuses_a_row_that_does_not_fit_with_its_place(TaskStyle style, string benchmark, string message) =>
        FluentActions.Invoking(() => Convert(benchmark, style)).Should().Throw<InvalidDataException>()
            .WithMessage($"*{(message[0] == '*' ? "" : ": ")}{message}");

    [Fact]
    public void Counts_rows_without_a_question_and_refuses_a_file_of_them()
    {
        const string empty = """{"question": "", "choices": ["a", "b"], "answer": 0}""";
        File.WriteAllText(_folder / "in.json", $"{empty}\n{empty.Replace("\"\"", "\"Ne?\"", StringComparison.Ordinal)}\n");
        BenchmarkFile.Convert(_folder / "in.json", _folder / "out.jsonl", TaskStyle.Arc).Should().Be((1, 1));
        FluentActions.Invoking(() => Convert(empty, TaskStyle.Arc)).Should().Throw<InvalidDataException>()
            .WithMessage("*contains no question.");
    }

    private IReadOnlyList<GoldRow> Convert(string benchmark, TaskStyle style)
    {
        File.WriteAllText(_folder / "in.json", benchmark);
        BenchmarkFile.Convert(_folder / "in.json", _folder / "out.jsonl", style);
        return GoldFile.Read(_folder / "out.jsonl", Refusal.DefaultText);
    }
}
