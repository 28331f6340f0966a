using System.Text;
using System.Text.Json;
using FluentAssertions;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Inference.Tools;
using TurkishLlm.Server;
using TurkishLlm.Tests.Unit.Inference;
using TurkishLlm.Tests.Unit.Inference.Tools;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Tests.Unit.Serving;

/// <summary>Tools that the server runs, and those of clients.</summary>
[Trait("Suite", "Fast")]
public sealed class ServerToolTests
{
    private const string Call = """{"name":"stok","arguments":{"depo":"D50"}}""";

    private const string Question = """ "messages": [{"role": "user", "content": "Kaç makara var?"}] """;

    private const string Path = "/v1/chat/completions";

    private static readonly Tokenizer Tokenizer = ScriptedModel.Tokenizer;

    [Fact]
    public async Task The_server_runs_its_tools_and_returns_the_answer_with_the_calls()
    {
        var tool = new TestTool("stok", "5");
        await using var server = await StartAsync(tool);
        var (status, reply) = await server.PostAsync(Path, $$"""{ {{Question}}, "n": 2, "logprobs": true }""");
        status.Should().Be(200);
        tool.Calls.Should().Be(2);
        foreach (var choice in reply.GetProperty("choices").EnumerateArray())
        {
            choice.GetProperty("finish_reason").GetString().Should().Be("stop");
            var message = choice.GetProperty("message");
            message.GetProperty("content").GetString().Should().Be("Bakıyorum.\nBeş.");
            message.TryGetProperty("tool_calls", out _).Should().BeFalse();
            message.GetProperty("tool_runs").EnumerateArray().Select(run => run.GetRawText()).Should().Equal(
                """{"name":"stok","arguments":"{\"depo\":\"D50\"}","output":"5"}""");
        }
        var usage = reply.GetProperty("usage");
        usage.GetProperty("completion_tokens").GetInt32().Should().Be(
            2 * (Tokenizer.CountTokens("Bakıyorum.") + 1 + Tokenizer.CountTokens(Call) + Tokenizer.CountTokens("Beş.")));
        usage.GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32().Should().BePositive();
    }

    [Fact]
    public async Task The_same_seed_gives_the_answer_of_a_chat()
    {
        FakeDecoder CreateDecoder() => FakeDecoder.Calling(
            Tokenizer, "", Call, "Beş.", isUncertain: cached => cached.Contains(SpecialTokens.ToolOutput));
        var tools = new ToolSet(new TestTool("stok", "5"));
        await using var server = await TestServer.StartAsync(CreateDecoder(), tools: new(tools, new()));
        var answers = new List<string>();
        for (var seed = 0; seed < 4; seed++)
        {
            var (_, reply) = await server.PostAsync(Path, $$"""
                { {{Question}}, "seed": {{seed}}, "temperature": 1, "top_k": 0, "top_p": 1, "max_tokens": 60 }
                """);
            answers.Add(reply.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!);
            using var model = new ChatModel(CreateDecoder(), Tokenizer, new ChatTemplate(Tokenizer, "Kısa yanıt ver."));
            var chat = new ChatSession(model, new() { Seed = seed, Temperature = 1, TopK = 0, TopP = 1, MaxTokens = 60 })
            {
                Tools = new(tools, model.Template, Tokenizer, model.ContextLength, new(), TimeProvider.System),
            };
            chat.Ask("Kaç makara var?").Answer.Text.Should().Be(answers[^1]);
        }
        answers.Distinct().Should().HaveCountGreaterThan(2);
    }

    [Fact]
    public async Task A_stream_has_the_text_of_all_turns_and_the_calls_at_its_end()
    {
        await using var server = await StartAsync(new("stok", "5"));
        using var reply = await server.PostBytesAsync(Path, Encoding.UTF8.GetBytes($$"""{ {{Question}}, "stream": true }"""));
        var events = (await reply.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))
            .Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        var deltas = events.SkipLast(1).Select(line => JsonDocument.Parse(line["data: ".Length..]).RootElement)
            .Select(chunk => chunk.GetProperty("choices")[0].GetProperty("delta")).ToArray();
        string.Concat(deltas.Select(delta => delta.TryGetProperty("content", out var text) ? text.GetString() : ""))
            .Should().Be("Bakıyorum.\nBeş.");
        deltas[^1].GetProperty("tool_runs").GetArrayLength().Should().Be(1);
    }

    [Fact]
    public async Task A_tool_of_the_client_takes_the_place_of_that_of_the_server()
    {
        var tool = new TestTool("stok", "5");
        await using var server = await StartAsync(tool);
        const string tools = """ "tools": [{"type": "function", "function": {"name": "stok"}}] """;
        var (_, reply) = await server.PostAsync(Path, $$"""{ {{Question}}, {{tools}} }""");
        var choice = reply.GetProperty("choices")[0];
        choice.GetProperty("finish_reason").GetString().Should().Be("tool_calls");
        choice.GetProperty("message").GetProperty("tool_calls")[0].GetProperty("function").GetProperty("name").GetString()
            .Should().Be("stok");
        tool.Calls.Should().Be(0);

        // Without tools, neither the server's nor the client's are offered or run.
        var (_, none) = await server.PostAsync(Path, $$"""{ {{Question}}, "tool_choice": "none" }""");
        none.GetProperty("choices")[0].GetProperty("message").TryGetProperty("tool_runs", out _).Should().BeFalse();
        tool.Calls.Should().Be(0);
        var without = await CountPromptAsync(server, ", \"tool_choice\": \"none\"");
        (await CountPromptAsync(server, "")).Should().BeGreaterThan(without + 20);
    }

    [Fact]
    public async Task A_call_that_was_cut_off_is_not_offered_to_the_client()
    {
        await using var server = await TestServer.StartAsync(
            FakeDecoder.Calling(Tokenizer, "", Call, "Beş."));
        var tokens = Tokenizer.CountTokens(Call) + 1;
        var (_, cut) = await server.PostAsync(Path, $$"""{ {{Question}}, "max_tokens": {{tokens}} }""");
        var choice = cut.GetProperty("choices")[0];
        choice.GetProperty("finish_reason").GetString().Should().Be("length");
        choice.GetProperty("message").TryGetProperty("tool_calls", out _).Should().BeFalse();
        choice.GetProperty("message").GetProperty("tool_call_text").GetString().Should().Be(Call);
        var (_, whole) = await server.PostAsync(Path, $$"""{ {{Question}}, "max_tokens": {{tokens + 1}} }""");
        whole.GetProperty("choices")[0].GetProperty("finish_reason").GetString().Should().Be("tool_calls");
    }

    [Fact]
    public async Task A_model_that_calls_again_and_again_is_stopped()
    {
        await using var server = await TestServer.StartAsync(
            FakeDecoder.Saying(
                Tokenizer, [SpecialTokens.ToolCall, .. Tokenizer.EncodeToIds(Call), SpecialTokens.EndOfTurn], 2000),
            tools: new(new(new TestTool("stok", "5")), new() { MaxCalls = 2 }));
        var (status, reply) = await server.PostAsync(Path, $$"""{ {{Question}} }""");
        var choice = reply.GetProperty("choices")[0];
        (status, choice.GetProperty("finish_reason").GetString()).Should().Be((200, "length"));
        choice.GetProperty("message").GetProperty("tool_runs").GetArrayLength().Should().Be(3);
        choice.GetProperty("message").TryGetProperty("tool_calls", out _).Should().BeFalse();
    }

    private static async Task<int> CountPromptAsync(TestServer server, string fields)
    {
        var (_, reply) = await server.PostAsync("/tokenize", $$"""{ {{Question}}{{fields}} }""");
        return reply.GetProperty("count").GetInt32();
    }

    private static Task<TestServer> StartAsync(TestTool tool) => TestServer.StartAsync(
        FakeDecoder.Calling(Tokenizer, "Bakıyorum.", Call, "Beş."), tools: new(new(tool), new()));
}
