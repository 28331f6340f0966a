using System.Text.Json;
using FluentAssertions;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using TurkishLlm.Cli;
using TurkishLlm.Extensions;
using TurkishLlm.Inference.Batching;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Inference.Tools;
using TurkishLlm.Tests.Unit.Cli;
using TurkishLlm.Tests.Unit.Inference;
using TurkishLlm.Tests.Unit.Training;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;
using ChatRole = Microsoft.Extensions.AI.ChatRole;
using Message = TurkishLlm.Tokenization.Chat.ChatMessage;

namespace TurkishLlm.Tests.Unit.Serving;

/// <summary>Local models as the chat client of Microsoft.Extensions.AI.</summary>
[Collection(nameof(NonParallel))]
public sealed class ChatClientTests : IDisposable
{
    private readonly TestWorkspace _here = new();

    public void Dispose() => _here.Dispose();

    [Fact]
    public async Task Answers_and_streams_with_token_counts()
    {
        using var client = await LoadAsync("Iğdır'da, üç.");
        var reply = await client.GetResponseAsync("Makara nerede?", cancellationToken: Cancel);
        (reply.Text, reply.FinishReason, reply.ModelId).Should().Be(("Iğdır'da, üç.", ChatFinishReason.Stop, "model"));
        reply.Usage!.OutputTokenCount.Should().Be(ScriptedModel.Tokenizer.CountTokens("Iğdır'da, üç."));

        var updates = new List<ChatResponseUpdate>();
        var stop = new ChatOptions { StopSequences = [", ü"] };
        await foreach (var update in client.GetStreamingResponseAsync("Makara nerede?", stop, Cancel)) updates.Add(update);
        updates.Should().HaveCountGreaterThan(2);
        var whole = updates.ToChatResponse();
        (whole.Text, whole.FinishReason).Should().Be(("Iğdır'da", ChatFinishReason.Stop));
        whole.Usage!.CachedInputTokenCount.Should().Be(whole.Usage.InputTokenCount - 1, "the prompt was asked before");
    }

    [Fact]
    public async Task Keeps_a_conversation_and_adds_instructions()
    {
        using var client = await LoadAsync("Evet.");
        List<ChatMessage> history = [new(ChatRole.System, "Kısa."), new(ChatRole.User, "Makara var mı?")];
        var first = await client.GetResponseAsync(history, cancellationToken: Cancel);
        history.AddRange(first.Messages);
        history.Add(new(ChatRole.User, "Kaç tane?"));
        var second = await client.GetResponseAsync(history, new() { MaxOutputTokens = 1 }, Cancel);
        (second.FinishReason, second.Usage!.InputTokenCount > first.Usage!.InputTokenCount)
            .Should().Be((ChatFinishReason.Length, true));
        var instructed = await client.GetResponseAsync(history, new() { Instructions = "Türkçe yanıt ver." }, Cancel);
        instructed.Usage!.InputTokenCount.Should().BeGreaterThan(second.Usage.InputTokenCount!.Value);
    }

    [Fact]
    public async Task Answers_are_those_of_chat_for_the_same_seed()
    {
        using var client = await LoadAsync("Iğdır'da, üç makara.");
        var model = (LocalModel)client.GetService(typeof(LocalModel))!;
        using var scripted = ScriptedModel.ForText("Iğdır'da, üç makara.");
        foreach (var seed in Enumerable.Range(0, 5))
        {
            var reply = await client.GetResponseAsync("Makara nerede?", new()
            {
                Seed = seed, Temperature = 6, TopK = 0, TopP = 1, MaxOutputTokens = 12,
            }, Cancel);
            reply.Text.Should().Be(scripted.ChatModel.Answer(new(Message.User("Makara nerede?")), new()
            {
                Seed = seed, Temperature = 6, TopK = 0, TopP = 1, MaxTokens = 12,
            }).Text);
        }
        model.Scheduler.Counters.FinishedTexts.Should().Be(5);
    }

    [Fact]
    public async Task Writes_the_type_that_is_asked_for()
    {
        using var client = await LoadAsync("Evet.");
        var reply = await client.GetResponseAsync("Stok?", new()
        {
            ResponseFormat = ChatResponseFormat.ForJsonSchema<Stock>(), Temperature = 1, Seed = 3, MaxOutputTokens = 100,
        }, Cancel);
        var stock = JsonSerializer.Deserialize<Stock>(reply.Text, AIJsonUtilities.DefaultOptions)!;
        stock.Unit.Should().BeOneOf(Unit.Metre, Unit.Makara);
        var unsupported = ChatResponseFormat.ForJsonSchema(JsonDocument.Parse("""{"pattern": "x"}""").RootElement);
        (await client.Invoking(it => it.GetResponseAsync("?", new() { ResponseFormat = unsupported }, Cancel))
            .Should().ThrowAsync<NotSupportedException>()).WithMessage("The keyword \"pattern\"*");
    }

    [Fact]
    public async Task Calls_tools_and_reads_their_output()
    {
        int[] says =
        [
            SpecialTokens.ToolCall, .. ScriptedModel.Tokenizer.EncodeToIds("""{"name":"stok","arguments":{"depo":"D50"}}"""),
            SpecialTokens.EndOfTurn,
        ];
        using var decoder = FakeDecoder.Saying(ScriptedModel.Tokenizer, says, 1000);
        using var model = new LocalModel("model", decoder, ScriptedModel.Tokenizer, new ChatTemplate(ScriptedModel.Tokenizer));
        using var client = new TurkishLlmChatClient(model);
        var tool = AIFunctionFactory.Create((string depo) => 3, "stok", "Bir deponun stoku");
        var without = await client.GetResponseAsync("Kaç makara?", cancellationToken: Cancel);
        var reply = await client.GetResponseAsync("Kaç makara?", new() { Tools = [tool] }, Cancel);
        reply.FinishReason.Should().Be(ChatFinishReason.ToolCalls);
        reply.Usage!.InputTokenCount.Should().BeGreaterThan(without.Usage!.InputTokenCount!.Value + 20, "the tool is described");
        var call = reply.Messages[0].Contents.OfType<FunctionCallContent>().Single();
        (call.Name, call.Arguments!["depo"]!.ToString()).Should().Be(("stok", "D50"));
        List<ChatMessage> history =
        [
            new(ChatRole.User, "Kaç makara?"), reply.Messages[0],
            new(ChatRole.Tool, [new FunctionResultContent(call.CallId, 3)]),
        ];
        (await client.GetResponseAsync(history, cancellationToken: Cancel)).Messages.Should().ContainSingle();
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task The_client_that_invokes_functions_runs_each_call_once(bool isStreamed)
    {
        using var decoder = FakeDecoder.Calling(
            ScriptedModel.Tokenizer, "", """{"name":"stok","arguments":{"depo":"D50"}}""", "Üç makara.");
        using var model = new LocalModel("model", decoder, ScriptedModel.Tokenizer, new ChatTemplate(ScriptedModel.Tokenizer));
        var calls = new List<string>();
        var tool = AIFunctionFactory.Create(
            (string depo) =>
            {
                calls.Add(depo);
                return 3;
            }, "stok");
        using var client = new TurkishLlmChatClient(model).AsBuilder().UseFunctionInvocation().Build();
        var options = new ChatOptions { Tools = [tool] };
        var reply = isStreamed
            ? await client.GetStreamingResponseAsync("Kaç makara?", options, Cancel).ToChatResponseAsync(Cancel)
            : await client.GetResponseAsync("Kaç makara?", options, Cancel);
        (reply.Text, reply.FinishReason).Should().Be(("Üç makara.", ChatFinishReason.Stop));
        calls.Should().Equal("D50");
        reply.Messages.Select(message => message.Role).Should().Equal(ChatRole.Assistant, ChatRole.Tool, ChatRole.Assistant);
        model.Scheduler.Counters.FinishedTexts.Should().Be(2);
        // Everything that the model read is what training would show it: the prompt of the second turn, and the answer.
        var prompt = model.Template.RenderPrompt(ToolPrompt.AddTools(
            new(
                Message.User("Kaç makara?"), Message.Assistant("", """{"name":"stok","arguments":{"depo":"D50"}}"""),
                Message.Tool("3")),
            null,
            [
                JsonDocument.Parse($$"""{"name":"stok","description":"","parameters":{{tool.JsonSchema.GetRawText()}}}""")
                    .RootElement,
            ]));
        decoder.Longest.Take(prompt.Count).Should().Equal(prompt);
    }

    [Fact]
    public async Task A_tool_of_this_project_is_a_function()
    {
        const string call = """{"name":"calculator","arguments":{"expression":"2 ÷ 0"}}""";
        using var decoder = FakeDecoder.Calling(ScriptedModel.Tokenizer, "", call, "Tanımsız.");
        using var model = new LocalModel("model", decoder, ScriptedModel.Tokenizer, new ChatTemplate(ScriptedModel.Tokenizer));
        using var client = new TurkishLlmChatClient(model).AsBuilder().UseFunctionInvocation().Build();
        var function = new ToolFunction(new CalculatorTool());
        var reply = await client.GetResponseAsync("2 bölü 0?", new() { Tools = [function] }, Cancel);
        reply.Messages[1].Contents.OfType<FunctionResultContent>().Single().Result!.ToString()
            .Should().Be("Hata: sıfıra bölme tanımsızdır.");
        (await function.InvokeAsync(new() { ["expression"] = "1.234,5 × 2" }, Cancel))!.ToString().Should().Be("2469");
    }

    [Fact]
    public async Task A_call_that_was_cut_off_is_text()
    {
        const string call = """{"name":"stok","arguments":{"depo":"D50"}}""";
        using var decoder = FakeDecoder.Calling(ScriptedModel.Tokenizer, "", call, "Üç makara.");
        using var model = new LocalModel("model", decoder, ScriptedModel.Tokenizer, new ChatTemplate(ScriptedModel.Tokenizer));
        using var client = new TurkishLlmChatClient(model);
        var cut = new ChatOptions { MaxOutputTokens = ScriptedModel.Tokenizer.CountTokens(call) + 1 };
        var reply = await client.GetResponseAsync("Kaç makara?", cut, Cancel);
        (reply.Text, reply.FinishReason).Should().Be((call, ChatFinishReason.Length));
        reply.Messages[0].Contents.OfType<FunctionCallContent>().Should().BeEmpty();
    }

    [Fact]
    public async Task A_caller_that_stops_reading_ends_the_text()
    {
        var letter = ScriptedModel.Tokenizer.EncodeToIds("k")[0];
        using var decoder = new FakeDecoder(ScriptedModel.Tokenizer, 10_000_000, _ => letter);
        using var model = new LocalModel("model", decoder, ScriptedModel.Tokenizer, new ChatTemplate(ScriptedModel.Tokenizer));
        using var client = new TurkishLlmChatClient(model);
        var endless = new ChatOptions { MaxOutputTokens = 9_000_000 };
        await foreach (var _ in client.GetStreamingResponseAsync("?", endless, Cancel)) break;
        while (model.Scheduler.Counters.Running > 0) await Task.Delay(1, Cancel);
        model.Scheduler.Counters.Should().Match<BatchCounters>(counters => counters.CancelledTexts == 1);
        using var source = new CancellationTokenSource();
        var running = client.GetResponseAsync("?", endless, source.Token);
        await source.CancelAsync();
        await running.Invoking(it => it).Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task Is_a_service_of_an_application()
    {
        var folder = await ExportAsync([.. ScriptedModel.Tokenizer.EncodeToIds("Evet."), SpecialTokens.EndOfTurn], 160);
        using var services = new ServiceCollection().AddTurkishLlm(folder).BuildServiceProvider();
        var client = services.GetRequiredService<IChatClient>();
        (await client.GetResponseAsync("?", cancellationToken: Cancel)).Text.Should().Be("Evet.");
        ((ChatClientMetadata)client.GetService(typeof(ChatClientMetadata))!).DefaultModelId.Should().Be("model");
        services.GetRequiredService<LocalModel>().Scheduler.Counters.FinishedTexts.Should().Be(1);
    }

    [Fact]
    public async Task Says_what_it_cannot_do()
    {
        using var client = await LoadAsync("Evet.");
        await Expect<NotSupportedException>(
            "The model reads text only, not DataContent.", [new(ChatRole.User, [new DataContent("data:image/png;base64,AA==")])]);
        await Expect<ArgumentException>("The last message must be a question*", [.. Question, new(ChatRole.Assistant, "Evet.")]);
        await Expect<NotSupportedException>("Frequency and presence*", Question, new() { FrequencyPenalty = 1 });
        await Expect<NotSupportedException>("Only the tool modes*", Question, new() { ToolMode = ChatToolMode.RequireAny });
        await Expect<ArgumentException>(
            "The prompt has *", [new(ChatRole.User, string.Join(' ', Enumerable.Repeat("makara", 500)))]);

        async Task Expect<T>(string message, IEnumerable<ChatMessage> messages, ChatOptions? options = null)
            where T : Exception =>
            (await client.Invoking(it => it.GetResponseAsync(messages, options, Cancel)).Should().ThrowAsync<T>())
                .WithMessage(message);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static ChatMessage[] Question => [new(ChatRole.User, "?")];

    private Task<IChatClient> LoadAsync(string says) =>
        LoadAsync([.. ScriptedModel.Tokenizer.EncodeToIds(says), SpecialTokens.EndOfTurn]);

    private async Task<IChatClient> LoadAsync(IReadOnlyList<int> ids, int contextLength = 400) =>
        TurkishLlmChatClient.Load(await ExportAsync(ids, contextLength));

    private async Task<string> ExportAsync(IReadOnlyList<int> ids, int contextLength)
    {
        var run = ScriptedRun.Write(_here.Run, ids, contextLength);
        (await CommandLineRunner.Run("checkpoint", "export", run, _here / "model")).Code.Should().Be(ExitCode.Success);
        return _here / "model";
    }

    private enum Unit
    {
        Metre,
        Makara,
    }

    private sealed record Stock(Unit Unit, long Count, bool? IsFree);
}
