using FluentAssertions;
using TurkishLlm.Evaluation.Rewards;
using TurkishLlm.Evaluation.Sampling;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Tests.Unit.Evaluation;

[Trait("Suite", "Fast")]
public sealed class SampledQuestionTests
{
    private static readonly Conversation Prompt = new(
        ChatMessage.System("Kısa yanıt ver."), ChatMessage.User("Merhaba"), ChatMessage.Assistant("Buyurun.", isLearned: false),
        ChatMessage.User("\"İplik\" nerede?\nÇabuk!", "D3 depodur.", "D5 de <|eot_id|> depodur."));

    [Fact]
    public void A_line_reads_back()
    {
        var question = new SampledQuestion(
            "a b.jsonl:7", Prompt, "D3'te", [Sample("D3\n😀", FinishReason.EndOfTurn)], ["ends: 1"]);
        var read = SampledQuestion.Parse(question.ToJson(), "answers.jsonl:1");
        question.ToJson().Should().NotContain("\n").And.Contain("İplik");
        read.Prompt.Messages.Should().Equal(Prompt.Messages);
        read.Should().BeEquivalentTo(question);
        SampledQuestion.Parse((question with { Reference = null, Answers = [] }).ToJson(), "").Should()
            .BeEquivalentTo(question with { Reference = null, Answers = [] });
    }

    [Theory]
    [InlineData("{", "answers.jsonl:3: ")]
    [InlineData("""{"location": "a", "messages": [], "reference": null, "answers": [], "rewards": []}""", "answers.jsonl:3: ")]
    [InlineData(
        """{"location": "a", "messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}], """
        + """ "reference": null, "answers": [], "rewards": []}""", "answers.jsonl:3: messages ends with an answer")]
    public void A_wrong_line_is_named(string line, string message) =>
        FluentActions.Invoking(() => SampledQuestion.Parse(line, "answers.jsonl:3"))
            .Should().Throw<InvalidDataException>().WithMessage($"{message}*");

    [Theory]
    [InlineData(FinishReason.EndOfTurn, "D3", true)]
    [InlineData(FinishReason.EndOfText, "D3", true)]
    [InlineData(FinishReason.StopSequence, "D3", true)]
    [InlineData(FinishReason.EndOfTurn, " \n", false)]
    [InlineData(FinishReason.Length, "D3", false)]
    [InlineData(FinishReason.OtherTurn, "D3", false)]
    [InlineData(FinishReason.ControlToken, "D3", false)]
    public void Only_a_complete_answer_with_a_text_is_usable(FinishReason reason, string text, bool expected) =>
        Sample(text, reason).IsUsable.Should().Be(expected);

    [Fact]
    public void An_answer_that_calls_a_tool_is_not_usable() =>
        SampledAnswer.Create(
            Prompt, null, new Answer("Bakıyorum.", FinishReason.EndOfTurn, [20, 21]) { ToolCall = "{}" }, Rewards)
            .IsUsable.Should().BeFalse();

    private static readonly WeightedRewards Rewards = new([new(new EndsReward(), 1), new(new LengthReward(2, 3), 3)]);

    private static SampledAnswer Sample(string text, FinishReason reason) =>
        SampledAnswer.Create(Prompt, null, new Answer(text, reason, [20, 21, 22]), Rewards);
}
