using FluentAssertions;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Model;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Tests.Unit.Inference;

[Trait("Suite", "Fast")]
public sealed class ChatSessionTests
{
    private static readonly SamplingOptions Greedy = SamplingOptions.Greedy(12);

    [Fact]
    public void Keeps_the_conversation_and_clears_it_when_asked()
    {
        using var model = ScriptedModel.ForText("Iğdır'da.");
        var session = new ChatSession(model.ChatModel, Greedy) { SystemPrompt = " Kısa yanıt ver. " };
        session.Ask("Makara nerede?");
        session
            .Ask("Bobin nerede?")
            .Window.Conversation.Messages.Select(message => message.Text)
            .Should()
            .Equal("Kısa yanıt ver.", "Makara nerede?", "Iğdır'da.", "Bobin nerede?");
        session.Exchanges.Should().HaveCount(2);

        session.Reset();
        (session.Exchanges.Count, session.SystemPrompt).Should().Be((0, "Kısa yanıt ver."));
        session.Ask("Peki?").Window.Conversation.Messages.Should().HaveCount(2);
    }

    [Fact]
    public void The_oldest_exchanges_leave_whole_and_answers_stay_right()
    {
        using var model = ScriptedModel.ForText("Iğdır'da.", 80);
        var session = new ChatSession(model.ChatModel, Greedy) { SystemPrompt = "Kısa." };
        var replies = Enumerable.Range(1, 9).Select(i => session.Ask($"{i}. makara nerede?")).ToArray();

        replies
            .Should()
            .OnlyContain(reply =>
                reply.Answer.Text == "Iğdır'da."
                && reply.Window.Conversation.Messages[0].Text == "Kısa."
                && reply.Window.Conversation.Messages[1].Role == ChatRole.User);
        replies.Select(reply => reply.Window.DroppedExchanges).Should().BeInAscendingOrder();
        replies[^1].Window.DroppedExchanges.Should().BeInRange(4, 8);
        replies[^1].Window.Conversation.Messages.Skip(1).SkipLast(1).Should().Equal(
            session
                .Exchanges.Skip(replies[^1].Window.DroppedExchanges)
                .SkipLast(1)
                .SelectMany(exchange => new[] { exchange.Question, exchange.Answer }));
        session.Exchanges.Should().HaveCount(9);
    }

    [Fact]
    public void Context_that_can_still_be_seen_is_not_given_again_and_what_left_is()
    {
        using var model = ScriptedModel.ForText("Iğdır'da.", 150);
        var session = new ChatSession(model.ChatModel, Greedy);
        const string context = "Iğdır'daki depoda on iki makara, üç bobin ve bir palet var.";
        session.Ask("Makara nerede?", [context]).Window.Conversation.Messages[^1].Context.Should().Equal(context);
        session.Ask("Bobin nerede?", [context + " "]).Window.Conversation.Messages[^1].Context.Should().BeEmpty();

        ChatReply? given = null;
        for (var i = 0; i < 6 && given is null; i++)
            if (
                session.Ask($"Peki palet {i} nerede?", [context]) is var reply
                && reply.Window.Conversation.Messages[^1].Context.Count > 0)
                given = reply;
        given!.Window.DroppedExchanges.Should().BePositive();
        given.Window.Conversation.Messages.SkipLast(1).Should().OnlyContain(message => message.Context.Count == 0);
    }

    [Fact]
    public void A_question_that_is_too_long_changes_nothing()
    {
        using var model = ScriptedModel.ForText("Iğdır'da.", 60);
        var session = new ChatSession(model.ChatModel, Greedy);
        session.Ask("Makara nerede?");
        session.Invoking(it => it.Ask(string.Join(' ', Enumerable.Repeat("makara", 80)))).Should().Throw<InvalidDataException>()
            .WithMessage(
                "The question has * tokens with its system prompt and context; the model's context has 60, of "
                    + "which 12 are reserved for the answer. Shorten the question.");
        session.Exchanges.Should().HaveCount(1);
        session.Ask("Bobin nerede?").Answer.Text.Should().Be("Iğdır'da.");
    }

    [Fact]
    public void A_saved_chat_has_no_interrupted_answer()
    {
        using var model = ScriptedModel.ForText("Iğdır'da, üç.");
        var session = new ChatSession(model.ChatModel, Greedy) { SystemPrompt = "Kısa." };
        session.ToConversation().Should().BeNull();
        using var source = new CancellationTokenSource();
        session.Ask("Makara nerede?", onText: _ => source.Cancel(), cancellationToken: source.Token);
        session.Exchanges.Single().IsComplete.Should().BeFalse();
        session.ToConversation().Should().BeNull();

        session.Ask("Bobin nerede?", ["Bobinler Iğdır'da."]);
        var saved = session.ToConversation()!;
        saved.Messages.Select(message => message.Text).Should().Equal("Kısa.", "Bobin nerede?", "Iğdır'da, üç.");
        saved.Messages[1].Context.Should().Equal("Bobinler Iğdır'da.");
    }

    [Fact]
    public void A_question_without_an_answer_is_not_kept()
    {
        using var model = new ScriptedModel(ScriptedModel.Tokenizer, 100, [SpecialTokens.EndOfTurn]);
        var session = new ChatSession(model.ChatModel, Greedy);
        session
            .Ask("Makara nerede?")
            .Answer.Should()
            .Match<Answer>(answer => answer.Text == "" && answer.FinishReason == FinishReason.EndOfTurn);
        session.Exchanges.Should().BeEmpty();
    }

    [Fact]
    public void The_same_seed_gives_the_same_chat_and_each_answer_has_a_seed_of_its_own()
    {
        // After its first token the model has no preference, so the rest is random.
        var id = ScriptedModel.Tokenizer.EncodeToIds("İ")[0];
        using var model = new ScriptedModel(ScriptedModel.Tokenizer, 200, [id]);
        var texts = new[] { 7L, 7, 8 }.Select(seed =>
        {
            var session = new ChatSession(
                model.ChatModel, new SamplingOptions
                {
                    MaxTokens = 9,
                    Temperature = 9,
                    TopK = 0,
                    Seed = seed,
                });
            return new[] { session.Ask("?").Answer, session.Ask("?").Answer };
        }).ToArray();
        texts[0].Select(answer => answer.Text).Should().Equal(texts[1].Select(answer => answer.Text));
        texts[0][0].TokenIds.Should().NotEqual(texts[2][0].TokenIds);
        texts[0][0].TokenIds.Should().NotEqual(texts[0][1].TokenIds);
    }

    [Fact]
    public void Refuses_options_that_cannot_be_followed()
    {
        using var model = ScriptedModel.ForText("Evet.");
        model
            .ChatModel.Invoking(it => new ChatSession(it, new SamplingOptions { RepetitionPenalty = 0, TopP = 2 }))
            .Should()
            .Throw<ConfigurationException>()
            .Which.Message.Should()
            .Contain("repetition_penalty is 0; it must be more than 0: 1 is off, 1.1 avoids repetitions.")
            .And.Contain("top_p is 2");
        model.ChatModel.Invoking(it => new ChatSession(it, Greedy).SystemPrompt = " ").Should().Throw<ArgumentException>();
    }
}
