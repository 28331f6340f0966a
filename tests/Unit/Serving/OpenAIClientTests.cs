using System.ClientModel;
using System.Text.Json;
using FluentAssertions;
using OpenAI.Chat;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Inference.Decoding;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Tests.Unit.Inference;
using TurkishLlm.Tests.Unit.Training;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using AiMessage = OpenAI.Chat.ChatMessage;
using Message = TurkishLlm.Tokenization.Chat.ChatMessage;

namespace TurkishLlm.Tests.Unit.Serving;

/// <summary>The official client of OpenAI, in process and over a port.</summary>
[Collection(nameof(NonParallel))]
public sealed class OpenAIClientTests
{
    private static readonly Tokenizer Tokenizer = ScriptedModel.Tokenizer;

    [Fact]
    public async Task Answers_a_chat_and_counts_tokens()
    {
        using var decoder = FakeDecoder.Saying(Tokenizer, "Iğdır'da, üç.");
        await using var server = await TestServer.StartAsync(decoder);
        ChatCompletion reply = await Chat(server).CompleteChatAsync(
            [new SystemChatMessage("Kısa."), new UserChatMessage("Makara nerede?")], cancellationToken: Cancel);
        reply.Content[0].Text.Should().Be("Iğdır'da, üç.");
        (reply.FinishReason, reply.Model, reply.Role)
            .Should().Be((ChatFinishReason.Stop, TestServer.Model, ChatMessageRole.Assistant));
        var prompt = new ChatTemplate(Tokenizer).RenderPrompt(new(Message.System("Kısa."), Message.User("Makara nerede?")));
        (reply.Usage.InputTokenCount, reply.Usage.OutputTokenCount)
            .Should().Be((prompt.Count, Tokenizer.CountTokens("Iğdır'da, üç.")));
    }

    [Fact]
    public async Task Streams_whole_characters_with_usage_at_the_end_and_stops_where_asked()
    {
        using var decoder = FakeDecoder.Saying(Tokenizer, "Şu ğ:😀 SON değil");
        await using var server = await TestServer.StartAsync(decoder);
        var (text, parts, usage, ending) = ("", 0, (ChatTokenUsage?)null, (ChatFinishReason?)null);
        await foreach (var part in Chat(server).CompleteChatStreamingAsync(
            [new UserChatMessage("?")], new() { StopSequences = { "SON" } }, Cancel))
        {
            foreach (var content in part.ContentUpdate)
            {
                content.Text.Should().NotContain("\uFFFD").And.NotContain("SO");
                text += content.Text;
                parts++;
            }
            usage ??= part.Usage;
            ending ??= part.FinishReason;
        }
        (text, ending, usage!.OutputTokenCount > 3).Should().Be(("Şu ğ:😀 ", ChatFinishReason.Stop, true));
        parts.Should().BeGreaterThan(3);
    }

    [Fact]
    public async Task Answers_are_those_of_chat_for_the_same_seed_while_others_are_answered()
    {
        using var model = new RandomModel(100);
        using var decoder = new TensorDecoder(model.Model);
        await using var server = await TestServer.StartAsync(decoder, new() { MaxTexts = 3, PrefillTokens = 16 });
        var template = new ChatTemplate(Tokenizer, "Kısa yanıt ver.");
        using var alone = new ChatModel(model.Model, Tokenizer, template);
        var questions = Enumerable.Range(0, 8).Select(i => $"{i}. makara hangi depoda?").ToArray();
        var replies = await Task.WhenAll(questions.Select(async (question, i) =>
        {
            var (_, reply) = await server.PostAsync("/v1/chat/completions", $$"""
                {"model": "{{TestServer.Model}}", "messages": [{"role": "user", "content": "{{question}}"}],
                 "seed": {{40 + i}}, "temperature": 1.5, "top_k": 0, "max_tokens": {{10 + i}} }
                """);
            return reply.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString();
        }));
        await server.WaitUntilIdleAsync();
        foreach (var (i, question) in questions.Index())
            replies[i].Should().Be(alone.Answer(new(Message.User(question)), new()
            {
                Seed = 40 + i, Temperature = 1.5, TopK = 0, MaxTokens = 10 + i,
            }).Text);
        replies.Distinct().Should().HaveCount(8);
    }

    [Fact]
    public async Task Gives_several_answers_with_probabilities_of_their_tokens()
    {
        using var model = new RandomModel(60);
        using var decoder = new TensorDecoder(model.Model);
        await using var server = await TestServer.StartAsync(decoder);
        var options = new ChatCompletionOptions
        {
            IncludeLogProbabilities = true, TopLogProbabilityCount = 3, Temperature = 1, MaxOutputTokenCount = 12,
#pragma warning disable OPENAI001
            Seed = 7,
#pragma warning restore OPENAI001
        };
        ChatCompletion reply = await Chat(server).CompleteChatAsync([new UserChatMessage("?")], options, Cancel);
        reply.ContentTokenLogProbabilities.Should().HaveCount(reply.Usage.OutputTokenCount);
        foreach (var token in reply.ContentTokenLogProbabilities)
        {
            token.LogProbability.Should().BeInRange(-30, 0);
            token.TopLogProbabilities.Should().HaveCount(3).And.BeInDescendingOrder(top => top.LogProbability);
            token.TopLogProbabilities[0].LogProbability.Should().BeGreaterThanOrEqualTo(token.LogProbability);
        }
        ChatCompletion again = await Chat(server).CompleteChatAsync([new UserChatMessage("?")], options, Cancel);
        again.Content[0].Text.Should().Be(reply.Content[0].Text, "the seed is the same");

        var (_, three) = await server.PostAsync("/v1/chat/completions", """
            {"messages": [{"role": "user", "content": "?"}], "seed": 7, "temperature": 1, "max_tokens": 12, "n": 3}
            """);
        var texts = three.GetProperty("choices").EnumerateArray()
            .Select(choice => choice.GetProperty("message").GetProperty("content").GetString()).ToArray();
        texts.Should().HaveCount(3).And.OnlyHaveUniqueItems();
        (texts[0], three.GetProperty("seed").GetInt64()).Should().Be((reply.Content[0].Text, 7));
    }

    [Fact]
    public async Task Answers_in_the_schema_that_is_asked_for()
    {
        using var model = new RandomModel(300);
        using var decoder = new TensorDecoder(model.Model);
        await using var server = await TestServer.StartAsync(decoder);
        var schema = BinaryData.FromString("""
            {"type": "object", "additionalProperties": false, "required": ["depo", "adet"], "properties": {
             "depo": {"type": "string", "enum": ["D50", "D76 Iğdır"]}, "adet": {"type": "integer"}}}
            """);
        ChatCompletion reply = await Chat(server).CompleteChatAsync([new UserChatMessage("?")], new()
        {
            ResponseFormat = ChatResponseFormat.CreateJsonSchemaFormat("stok", schema, jsonSchemaIsStrict: true), Temperature = 1,
        }, Cancel);
        using var json = JsonDocument.Parse(reply.Content[0].Text);
        json.RootElement.EnumerateObject().Select(property => property.Name).Should().Equal("depo", "adet");
        json.RootElement.GetProperty("depo").GetString().Should().BeOneOf("D50", "D76 Iğdır");
        json.RootElement.GetProperty("adet").TryGetInt64(out _).Should().BeTrue();
        reply.FinishReason.Should().Be(ChatFinishReason.Stop);
    }

    [Fact]
    public async Task Calls_a_tool_and_reads_its_output()
    {
        int[] call = [SpecialTokens.ToolCall, .. Tokenizer.EncodeToIds("""{"name":"stok","arguments":{"depo":"Iğdır"}}""")];
        int[] answer = [.. Tokenizer.EncodeToIds("Üç makara.")];
        using var decoder = new FakeDecoder(Tokenizer, 600, cached =>
        {
            var header = cached.ToList().LastIndexOf(SpecialTokens.EndHeader) + 1 + Tokenizer.CountTokens("\n\n");
            var turn = cached.Skip(header).ToArray();
            var says = cached.Contains(SpecialTokens.ToolOutput) ? answer : call;
            return turn.Length < says.Length ? says[turn.Length] : SpecialTokens.EndOfTurn;
        });
        await using var server = await TestServer.StartAsync(decoder);
        var options = new ChatCompletionOptions
        {
            Tools = { ChatTool.CreateFunctionTool("stok", "Bir deponun stoku", BinaryData.FromString("""{"type":"object"}""")) },
        };
        var messages = new List<AiMessage> { new UserChatMessage("Kaç makara var?") };
        ChatCompletion first = await Chat(server).CompleteChatAsync(messages, options, Cancel);
        first.FinishReason.Should().Be(ChatFinishReason.ToolCalls);
        first.ToolCalls.Should().ContainSingle();
        (first.ToolCalls[0].FunctionName, first.ToolCalls[0].FunctionArguments.ToString())
            .Should().Be(("stok", """{"depo":"Iğdır"}"""));
        Tokenizer.Decode(decoder.Steps.SelectMany(step => step[0])).Should().Contain("Bir deponun stoku");

        messages.Add(new AssistantChatMessage(first));
        messages.Add(new ToolChatMessage(first.ToolCalls[0].Id, "3"));
        ChatCompletion second = await Chat(server).CompleteChatAsync(messages, options, Cancel);
        (second.Content[0].Text, second.FinishReason).Should().Be(("Üç makara.", ChatFinishReason.Stop));
    }

    [Fact]
    public async Task Errors_of_the_server_are_errors_of_the_client()
    {
        using var decoder = FakeDecoder.Saying(Tokenizer, "Evet.");
        await using var server = await TestServer.StartAsync(
            decoder, change: options => options with { ApiKey = "gizli-anahtar" });
        var wrong = server.CreateClient("wrong").GetChatClient(TestServer.Model);
        var refused = await wrong
            .Invoking(chat => chat.CompleteChatAsync([new UserChatMessage("?")], cancellationToken: Cancel))
            .Should().ThrowAsync<ClientResultException>();
        refused.Which.Status.Should().Be(401);
        refused.Which.Message.Should().Contain("The API key is wrong.");
        var models = await server.CreateClient("gizli-anahtar").GetOpenAIModelClient().GetModelsAsync(Cancel);
        models.Value.Select(model => model.Id).Should().Equal(TestServer.Model);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static ChatClient Chat(TestServer server) => server.CreateClient().GetChatClient(TestServer.Model);
}
