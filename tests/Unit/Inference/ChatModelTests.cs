using FluentAssertions;
using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Tests.Unit.Inference;

[Trait("Suite", "Fast")]
public sealed class ChatModelTests
{
    private static readonly Conversation Question = new(ChatMessage.User("Makara hangi depoda?"));
    private static readonly SamplingOptions Greedy = SamplingOptions.Greedy(40);

    public static TheoryData<string, int, FinishReason> Controls() => new()
    {
        { "closes its turn", SpecialTokens.EndOfTurn, FinishReason.EndOfTurn },
        { "begins a turn", SpecialTokens.StartHeader, FinishReason.OtherTurn },
        { "begins a context", SpecialTokens.Context, FinishReason.OtherTurn },
        { "answers for a tool", SpecialTokens.ToolOutput, FinishReason.OtherTurn },
        { "begins a document", SpecialTokens.BeginOfText, FinishReason.OtherTurn },
        { "ends a document", SpecialTokens.EndOfText, FinishReason.ControlToken },
        { "pads", SpecialTokens.Pad, FinishReason.ControlToken },
    };

    [Theory, MemberData(nameof(Controls))]
    public void Ends_where_the_model(string does, int control, FinishReason ending)
    {
        var ids = ScriptedModel.Tokenizer.EncodeToIds("Iğdır'da.");
        using var model = new ScriptedModel(ScriptedModel.Tokenizer, 100, [.. ids, control]);
        var answer = model.ChatModel.Answer(Question, Greedy);
        (answer.Text, answer.FinishReason, answer.ToolCall).Should().Be(("Iğdır'da.", ending, null), does);
        answer.TokenIds.Should().Equal(ids);
        answer.IsComplete.Should().Be(ending == FinishReason.EndOfTurn);
    }

    [Fact]
    public void Gives_whole_characters_as_they_come_and_their_sum_is_the_text()
    {
        using var model = ScriptedModel.ForText("Şu ğ:😀");
        var chunks = new List<string>();
        var answer = model.ChatModel.Answer(Question, Greedy, chunks.Add);
        chunks.Should().HaveCountGreaterThan(2).And.OnlyContain(chunk => !chunk.Contains('\uFFFD'));
        string.Concat(chunks).Should().Be(answer.Text).And.Be("Şu ğ:😀");
    }

    [Theory]
    [InlineData("Şu ğ:😀")]
    [InlineData("本ξ ığ")]
    public void At_every_limit_the_text_is_that_of_its_tokens_also_within_a_letter(string text)
    {
        using var model = ScriptedModel.ForText(text);
        var withinLetters = 0;
        for (var limit = 1; limit <= ScriptedModel.Tokenizer.CountTokens(text); limit++)
        {
            var shown = "";
            var answer = model.ChatModel.Answer(Question, Greedy with { MaxTokens = limit }, chunk => shown += chunk, ["yok"]);
            answer.TokenIds.Should().HaveCount(limit);
            answer.Text.Should().Be(ScriptedModel.Tokenizer.Decode(answer.TokenIds)).And.Be(shown);
            if (answer.Text.EndsWith('\uFFFD')) withinLetters++;
        }
        withinLetters.Should().BeGreaterThan(1);
    }

    [Fact]
    public void A_turn_a_tool_call_and_an_interruption_within_a_letter_lose_nothing_of_it()
    {
        var tokenizer = ScriptedModel.Tokenizer;
        int[] letter = [.. tokenizer.EncodeToIds("😀")], other = [.. tokenizer.EncodeToIds("本")];
        letter.Length.Should().BeGreaterThan(2);
        other.Length.Should().BeGreaterThan(1);
        foreach (var kept in Enumerable.Range(1, letter.Length - 1))
        {
            int[] part = letter[..kept];
            using var turn = new ScriptedModel(tokenizer, 100, [.. part, SpecialTokens.EndOfTurn]);
            turn.ChatModel.Answer(Question, Greedy).Text.Should().Be(tokenizer.Decode(part)).And.EndWith("\uFFFD");

            using var caller = new ScriptedModel(
                tokenizer, 100, [.. part, SpecialTokens.ToolCall, .. other[..1], SpecialTokens.EndOfTurn]);
            var call = caller.ChatModel.Answer(Question, Greedy);
            (call.Text, call.ToolCall).Should().Be((tokenizer.Decode(part), tokenizer.Decode(other[..1])));

            using var model = new ScriptedModel(tokenizer, 100, [.. tokenizer.EncodeToIds("a"), .. letter]);
            using var source = new CancellationTokenSource();
            var stopped = model.ChatModel.Answer(
                Question, Greedy with { MaxTokens = 1 + kept }, _ => source.Cancel(), cancellationToken: source.Token);
            stopped.Text.Should().Be(tokenizer.Decode(stopped.TokenIds));
        }
    }

    [Fact]
    public void Stops_after_the_most_tokens_and_at_the_end_of_the_context()
    {
        using var model = ScriptedModel.ForText("Iğdır'da, üç.");
        model
            .ChatModel.Answer(Question, Greedy with { MaxTokens = 3 })
            .Should()
            .Match<Answer>(answer => answer.FinishReason == FinishReason.Length && answer.TokenIds.Count == 3);

        var prompt = model.ChatModel.Template.RenderPrompt(Question).Count;
        using var tight = ScriptedModel.ForText("Iğdır'da, üç.", prompt + 2);
        tight
            .ChatModel.Answer(Question, Greedy)
            .Should()
            .Match<Answer>(answer => answer.FinishReason == FinishReason.Length && answer.TokenIds.Count == 2);
        using var none = ScriptedModel.ForText("Iğdır'da, üç.", prompt);
        none.ChatModel.Invoking(it => it.Answer(Question, Greedy)).Should().Throw<InvalidDataException>()
            .WithMessage(
                $"The conversation has {prompt} tokens; the model's context of {prompt} must also hold the "
                    + "answer. Shorten the conversation.");
    }

    [Fact]
    public void Ends_before_a_text_to_stop_at_and_shows_nothing_of_it()
    {
        using var model = ScriptedModel.ForText("Iğdır'da, üç.");
        var shown = "";
        var answer = model.ChatModel.Answer(Question, Greedy, chunk => shown += chunk, ["ır'da, ü"]);
        (answer.Text, shown, answer.FinishReason, answer.IsComplete).Should().Be(("Iğd", "Iğd", FinishReason.StopSequence, true));
    }

    [Fact]
    public void When_interrupted_it_keeps_the_text_so_far_and_the_next_answer_is_complete()
    {
        using var model = ScriptedModel.ForText("Iğdır'da, üç.");
        using var source = new CancellationTokenSource();
        var answer = model.ChatModel.Answer(Question, Greedy, _ => source.Cancel(), cancellationToken: source.Token);
        (answer.FinishReason, answer.TokenIds.Count, answer.IsComplete).Should().Be((FinishReason.Cancelled, 1, false));
        model.ChatModel.Answer(Question, Greedy).Text.Should().Be("Iğdır'da, üç.");
    }

    [Fact]
    public void Separates_a_tool_call_from_the_text_before_it()
    {
        var tokenizer = ScriptedModel.Tokenizer;
        using var model = new ScriptedModel(
            tokenizer, 100,
            [
                .. tokenizer.EncodeToIds("Bakayım."), SpecialTokens.ToolCall, .. tokenizer.EncodeToIds("stok(5)"),
                SpecialTokens.EndOfTurn,
            ]);
        var shown = "";
        var answer = model.ChatModel.Answer(Question, Greedy, chunk => shown += chunk, ["("]);
        (answer.Text, answer.ToolCall, shown, answer.FinishReason)
            .Should()
            .Be(("Bakayım.", "stok(5)", "Bakayım.", FinishReason.EndOfTurn));
    }

    [Fact]
    public void Reads_of_a_longer_conversation_only_what_is_new()
    {
        using var model = ScriptedModel.ForText("Iğdır'da.");
        var answer = ChatMessage.Assistant(model.ChatModel.Answer(Question, Greedy).Text);
        var (before, longer) = (model.ChatModel.ProcessedTokens, Question.Append(answer).Append(ChatMessage.User("Kaç tane?")));
        model.ChatModel.Answer(longer, Greedy);
        var known = model.ChatModel.Template.RenderPrompt(Question).Count + model.ChatModel.Tokenizer.CountTokens("Iğdır'da.");
        (model.ChatModel.ProcessedTokens - before)
            .Should()
            .Be(model.ChatModel.Template.RenderPrompt(longer).Count - known + model.ChatModel.Tokenizer.CountTokens("Iğdır'da."));
    }

    [Fact]
    public void Finds_its_own_answer_likely_and_others_not()
    {
        using var model = ScriptedModel.ForText("Iğdır'da.");
        model
            .ChatModel.ComputeLosses(Question, ChatMessage.Assistant("Iğdır'da."))
            .Should()
            .HaveCount(model.ChatModel.Tokenizer.CountTokens("Iğdır'da.") + 1)
            .And.OnlyContain(loss => loss < 1e-3);
        model.ChatModel.ComputeLosses(Question, ChatMessage.Assistant("Ankara'da.")).Sum().Should().BeGreaterThan(100);
        ChoiceScores
            .ComputeLosses(model.ChatModel, Question, ["Ankara'da.", "Iğdır'da.", "Iğdır'da. Evet"])
            .Index()
            .MinBy(loss => loss.Item.Sum)
            .Index.Should()
            .Be(1);
    }

    [Fact]
    public void Leaves_room_for_an_answer_by_cutting_the_context_and_nothing_else()
    {
        using var model = ScriptedModel.ForText("Iğdır'da.", 90);
        var long_ = string.Join(' ', Enumerable.Range(1, 60).Select(i => $"makara {i} depoda"));
        var cut = model.ChatModel.FitToContext(new(ChatMessage.User("Makara 1 nerede?", long_)), reservedTokens: 20)!;
        model.ChatModel.Template.RenderPrompt(cut).Count.Should().BeInRange(60, 70);
        cut.Messages[0].Text.Should().Be("Makara 1 nerede?");
        cut.Messages[0].Context.Single().Should().StartWith("makara 1 depoda").And.EndWith("60 depoda").And.Contain(" … ");
        model.ChatModel.FitToContext(new(ChatMessage.User(long_)), reservedTokens: 20).Should().BeNull();
    }
}
