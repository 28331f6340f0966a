using FluentAssertions;
using TurkishLlm.Model;
using TurkishLlm.Tokenization;
using TurkishLlm.Training;

namespace TurkishLlm.Tests.Unit.Training;

[Trait("Suite", "Fast")]
public sealed class AnsweringModelTests
{
    private static readonly Conversation Question = new(ChatMessage.User("Makara hangi depoda?"));
    private static readonly SamplingOptions Greedy = SamplingOptions.Greedy(40);

    public static TheoryData<string, int, AnswerEnding> Controls() => new()
    {
        { "closes its turn", SpecialTokens.EndOfTurn, AnswerEnding.EndOfTurn },
        { "begins a turn", SpecialTokens.StartHeader, AnswerEnding.OtherTurn },
        { "begins a context", SpecialTokens.Context, AnswerEnding.OtherTurn },
        { "answers for a tool", SpecialTokens.ToolOutput, AnswerEnding.OtherTurn },
        { "begins a document", SpecialTokens.BeginOfText, AnswerEnding.OtherTurn },
        { "ends a document", SpecialTokens.EndOfText, AnswerEnding.ControlToken },
        { "pads", SpecialTokens.Pad, AnswerEnding.ControlToken },
    };

    [Theory, MemberData(nameof(Controls))]
    public void Ends_where_the_model(string does, int control, AnswerEnding ending)
    {
        var ids = ScriptedModel.Tokenizer.EncodeToIds("Iğdır'da.");
        using var model = new ScriptedModel(ScriptedModel.Tokenizer, 100, [.. ids, control]);
        var answer = model.Answering.Answer(Question, Greedy);
        (answer.Text, answer.Ending, answer.ToolCall).Should().Be(("Iğdır'da.", ending, null), does);
        answer.Ids.Should().Equal(ids);
        answer.IsWhole.Should().Be(ending == AnswerEnding.EndOfTurn);
    }

    [Fact]
    public void Gives_whole_characters_as_they_come_and_their_sum_is_the_text()
    {
        using var model = ScriptedModel.Saying("Şu ğ:😀");
        var pieces = new List<string>();
        var answer = model.Answering.Answer(Question, Greedy, pieces.Add);
        pieces.Should().HaveCountGreaterThan(2).And.OnlyContain(piece => !piece.Contains('\uFFFD'));
        string.Concat(pieces).Should().Be(answer.Text).And.Be("Şu ğ:😀");
    }

    [Fact]
    public void Stops_after_the_most_tokens_and_at_the_end_of_the_context()
    {
        using var model = ScriptedModel.Saying("Iğdır'da, üç.");
        model.Answering.Answer(Question, Greedy with { MaxTokens = 3 }).Should().Match<Answer>(answer => answer.Ending == AnswerEnding.Length && answer.Ids.Count == 3);

        var prompt = model.Answering.Template.RenderPrompt(Question).Count;
        using var tight = ScriptedModel.Saying("Iğdır'da, üç.", prompt + 2);
        tight.Answering.Answer(Question, Greedy).Should().Match<Answer>(answer => answer.Ending == AnswerEnding.Length && answer.Ids.Count == 2);
        using var none = ScriptedModel.Saying("Iğdır'da, üç.", prompt);
        none.Answering.Invoking(it => it.Answer(Question, Greedy)).Should().Throw<InvalidDataException>()
            .WithMessage($"The conversation has {prompt} tokens, and the model reads {prompt} with the answer. Shorten it.");
    }

    [Fact]
    public void Ends_before_a_text_to_stop_at_and_shows_nothing_of_it()
    {
        using var model = ScriptedModel.Saying("Iğdır'da, üç.");
        var shown = "";
        var answer = model.Answering.Answer(Question, Greedy, piece => shown += piece, ["ır'da, ü"]);
        (answer.Text, shown, answer.Ending, answer.IsWhole).Should().Be(("Iğd", "Iğd", AnswerEnding.StopText, true));
    }

    [Fact]
    public void Interrupted_it_keeps_what_was_said_and_the_next_answer_is_whole()
    {
        using var model = ScriptedModel.Saying("Iğdır'da, üç.");
        using var source = new CancellationTokenSource();
        var answer = model.Answering.Answer(Question, Greedy, _ => source.Cancel(), cancel: source.Token);
        (answer.Ending, answer.Ids.Count, answer.IsWhole).Should().Be((AnswerEnding.Interrupted, 1, false));
        model.Answering.Answer(Question, Greedy).Text.Should().Be("Iğdır'da, üç.");
    }

    [Fact]
    public void Tells_a_tool_call_from_the_text_before_it()
    {
        var tokenizer = ScriptedModel.Tokenizer;
        using var model = new ScriptedModel(tokenizer, 100, [.. tokenizer.EncodeToIds("Bakayım."), SpecialTokens.ToolCall, .. tokenizer.EncodeToIds("stok(5)"), SpecialTokens.EndOfTurn]);
        var shown = "";
        var answer = model.Answering.Answer(Question, Greedy, piece => shown += piece, ["("]);
        (answer.Text, answer.ToolCall, shown, answer.Ending).Should().Be(("Bakayım.", "stok(5)", "Bakayım.", AnswerEnding.EndOfTurn));
    }

    [Fact]
    public void Reads_of_a_longer_conversation_only_what_is_new()
    {
        using var model = ScriptedModel.Saying("Iğdır'da.");
        var answer = ChatMessage.Assistant(model.Answering.Answer(Question, Greedy).Text);
        var (before, longer) = (model.Answering.Computed, Question.Add(answer).Add(ChatMessage.User("Kaç tane?")));
        model.Answering.Answer(longer, Greedy);
        var known = model.Answering.Template.RenderPrompt(Question).Count + model.Answering.Tokenizer.CountTokens("Iğdır'da.");
        (model.Answering.Computed - before).Should().Be(model.Answering.Template.RenderPrompt(longer).Count - known + model.Answering.Tokenizer.CountTokens("Iğdır'da."));
    }

    [Fact]
    public void Finds_its_own_answer_likely_and_others_not()
    {
        using var model = ScriptedModel.Saying("Iğdır'da.");
        model.Answering.Losses(Question, ChatMessage.Assistant("Iğdır'da.")).Should().HaveCount(model.Answering.Tokenizer.CountTokens("Iğdır'da.") + 1).And.OnlyContain(loss => loss < 1e-3);
        model.Answering.Losses(Question, ChatMessage.Assistant("Ankara'da.")).Sum().Should().BeGreaterThan(100);
        ChoiceScores.Of(model.Answering, Question, ["Ankara'da.", "Iğdır'da.", "Iğdır'da. Evet"]).Index().MaxBy(score => score.Item).Index.Should().Be(1);
    }

    [Fact]
    public void Leaves_room_for_an_answer_by_cutting_the_context_and_nothing_else()
    {
        using var model = ScriptedModel.Saying("Iğdır'da.", 90);
        var long_ = string.Join(' ', Enumerable.Range(1, 60).Select(i => $"makara {i} depoda"));
        var cut = model.Answering.Fit(new(ChatMessage.User("Makara 1 nerede?", long_)), behind: 20)!;
        model.Answering.Template.RenderPrompt(cut).Count.Should().BeInRange(60, 70);
        cut.Messages[0].Text.Should().Be("Makara 1 nerede?");
        cut.Messages[0].Context.Single().Should().StartWith("makara 1 depoda").And.EndWith("60 depoda").And.Contain(" … ");
        model.Answering.Fit(new(ChatMessage.User(long_)), behind: 20).Should().BeNull();
    }
}
