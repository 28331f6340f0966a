using System.Diagnostics;
using FluentAssertions;
using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Inference.Tools;
using TurkishLlm.Model;
using TurkishLlm.Tests.Unit.Serving;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Tests.Unit.Inference.Tools;

/// <summary>Tools that hang, fail, flood or forge, and chats that use tools.</summary>
[Trait("Suite", "Fast")]
public sealed class ToolLoopTests
{
    private const string Call = """{"name":"stok","arguments":{"malzeme":"bakır"}}""";

    private static readonly Tokenizer Tokenizer = ScriptedModel.Tokenizer;

    [Fact]
    public async Task A_tool_that_hangs_is_left_behind()
    {
        var canceled = new TaskCompletionSource();
        var tool = new TestTool("stok", async (_, stop) =>
        {
            stop.Register(canceled.SetResult);
            await new TaskCompletionSource().Task;
            return "";
        });
        var answer = await Run(tool, limits: new() { Timeout = TimeSpan.FromMilliseconds(20) });
        answer.Answer.Text.Should().Be("Beş.");
        answer.Runs.Should().Equal(
            new ToolRun("stok", """{"malzeme":"bakır"}""", "Hata: araç 0,02 saniyede yanıt vermedi.", ToolOutcome.TimedOut));
        await canceled.Task.WaitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_tool_that_blocks_its_thread_is_left_behind()
    {
        using var released = new ManualResetEventSlim();
        var tool = new TestTool("stok", (_, _) =>
        {
            released.Wait(CancellationToken.None);
            return Task.FromResult("");
        });
        (await Run(tool, limits: new() { Timeout = TimeSpan.FromMilliseconds(20) })).Runs.Single()
            .Outcome.Should().Be(ToolOutcome.TimedOut);
        released.Set();
    }

    [Fact]
    public async Task A_tool_that_fails_gives_its_reason()
    {
        (await Run(new("stok", (_, _) => throw new ToolException("depo kapalı.")))).Runs.Single()
            .Should().Match<ToolRun>(run => run.Output == "Hata: depo kapalı." && run.Outcome == ToolOutcome.Failed);
        (await Run(new("stok", (_, _) => Task.FromException<string>(new TimeoutException("geç kaldı."))))).Runs.Single()
            .Output.Should().Be("Hata: geç kaldı.");
        (await Run(new("stok", (_, _) => Task.FromCanceled<string>(new(canceled: true))))).Runs.Single()
            .Outcome.Should().Be(ToolOutcome.Failed);
        (await Run(new("stok", (_, _) => null!))).Runs.Single().Outcome.Should().Be(ToolOutcome.Failed);
    }

    [Theory, InlineData(16), InlineData(100)]
    public async Task A_flood_is_cut_at_once(int tokens)
    {
        var flood = string.Concat(Enumerable.Repeat("🚚 sevk ", 4_000_000));
        var watch = Stopwatch.StartNew();
        var run = (await Run(new("stok", flood), limits: new() { MaxOutputTokens = tokens })).Runs.Single();
        run.Outcome.Should().Be(ToolOutcome.Truncated);
        run.Output.Should().StartWith("🚚 sevk").And.EndWith(" […]");
        Tokenizer.CountTokens(run.Output).Should().BeInRange(tokens / 2, tokens);
        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Half_a_letter_and_nothing_are_outputs_too()
    {
        (await Run(new("stok", "a\ud83d"))).Runs.Single().Output.Should().Be("a\ufffd");
        (await Run(new("stok", " \n"))).Runs.Single().Output.Should().Be("");
        (await Run(new("stok", (_, _) => Task.FromResult<string>(null!)))).Runs.Single().Output.Should().Be("");
    }

    [Fact]
    public async Task An_unknown_tool_and_a_damaged_call_are_explained()
    {
        (await Run(new("depo", "5"))).Runs.Single().Should().Be(
            new ToolRun("stok", """{"malzeme":"bakır"}""", "Hata: stok adlı araç yok. Araçlar: depo.", ToolOutcome.UnknownTool));
        (await Run(new("stok", "5"), "{\"name\":\"stok\",")).Runs.Single().Should().Be(
            new ToolRun("", "{\"name\":\"stok\",", ToolErrors.Unreadable, ToolOutcome.Unreadable));
    }

    [Fact]
    public async Task No_tool_runs_if_its_output_would_not_fit()
    {
        var tool = new TestTool("stok", "5");
        var answer = await Run(tool, contextLength: 64);
        (answer.Ending, tool.Calls, answer.Answer.ToolCall).Should().Be((ToolEnding.ContextFull, 0, Call));

        // An output takes the room that the answer leaves.
        var flood = await Run(new("stok", new string('a', 100_000)), contextLength: 200);
        var template = new ChatTemplate(Tokenizer);
        template.RenderPrompt(flood.Conversation).Count.Should().BeInRange(150, 200 - 12);
    }

    [Fact]
    public async Task The_caller_can_cancel_a_tool()
    {
        using var source = new CancellationTokenSource();
        var tool = new TestTool("stok", async (_, _) =>
        {
            await source.CancelAsync();
            await new TaskCompletionSource().Task;
            return "";
        });
        var answer = await Run(tool, cancellationToken: source.Token);
        (answer.Ending, answer.Answer.FinishReason, answer.Runs.Count)
            .Should().Be((ToolEnding.Canceled, FinishReason.Cancelled, 0));
    }

    [Fact]
    public async Task A_tool_of_the_client_is_left_to_the_client()
    {
        var tool = new TestTool("stok", "5");
        var answer = await Run(tool, clientTools: ["stok"]);
        (answer.Ending, tool.Calls, answer.Answer.ToolCall).Should().Be((ToolEnding.ClientTool, 0, Call));
    }

    [Theory]
    [InlineData("", "{}", "\"\" is not the name of a tool: use 1 to 128 letters, digits, _, - and dots.*")]
    [InlineData("iki kelime", "{}", "\"iki kelime\" is not the name of a tool*")]
    [InlineData("stok", "[]", "the schema of stok must be an object.*")]
    [InlineData("stok", "{", "the schema of stok*")]
    public void Refuses_tools_that_cannot_be_described(string name, string schema, string message) =>
        FluentActions.Invoking(() => new ToolSet(new TestTool(name, "") { ArgumentSchema = schema }))
            .Should().Throw<ArgumentException>().WithMessage(message);

    [Fact]
    public void Refuses_two_tools_of_one_name_and_limits_out_of_range()
    {
        FluentActions.Invoking(() => new ToolSet(new TestTool("stok", "1"), new TestTool("stok", "2")))
            .Should().Throw<ArgumentException>().WithMessage("Two tools have the name stok; give each a name of its own.*");
        FluentActions.Invoking(() => new ToolLimits { MaxCalls = 0, Timeout = TimeSpan.Zero, MaxOutputTokens = 3 }.Validate())
            .Should().Throw<ConfigurationException>().Which.Problems.Should().HaveCount(3);
    }

    [Fact]
    public void A_chat_keeps_calls_and_outputs_and_saves_them()
    {
        using var model = CreateModel(400);
        var session = CreateSession(model, new TestTool("stok", "5 <|eot_id|> makara"));
        var shown = "";
        var reply = session.Ask("Kaç makara var?", onText: text => shown += text);
        (shown, reply.Answer.Text, reply.Tools.Runs.Count).Should().Be(("Bakıyorum.\nBeş.", "Beş.", 1));
        session.Ask("Emin misin?").Window.Conversation.Messages.Select(message => message.Role).Should().Equal(
            ChatRole.System, ChatRole.User, ChatRole.Assistant, ChatRole.Tool, ChatRole.Assistant, ChatRole.User);

        var saved = session.ToConversation()!;
        saved.Messages[0].Text.Should().StartWith("Kısa.\n\nKullanabileceğin araçlar").And.Contain("\"name\":\"stok\"");
        saved.Messages.Skip(1).Take(4).Should().Equal(
            ChatMessage.User("Kaç makara var?"), ChatMessage.Assistant("Bakıyorum.", Call),
            ChatMessage.Tool("5 <|eot_id|> makara"), ChatMessage.Assistant("Beş."));
        var row = model.Template.Render(saved);
        var output = row.Ids.ToList().IndexOf(SpecialTokens.ToolOutput);
        row.LossMask.Skip(output).TakeWhile((_, i) => row.Ids[output + i] != SpecialTokens.EndOfTurn)
            .Should().OnlyContain(learned => !learned);
    }

    [Fact]
    public void The_same_seed_gives_the_same_answer_with_tools()
    {
        var answers = new[] { 3L, 3, 4 }.Select(seed =>
        {
            using var model = CreateModel(400, random: true);
            var session = CreateSession(
                model, new TestTool("stok", "5"),
                new() { MaxTokens = 40, Temperature = 1, TopK = 0, Seed = seed });
            return session.Ask("Kaç makara var?").Tools;
        }).ToArray();
        answers[0].Runs.Should().NotBeEmpty();
        answers[0].Answer.TokenIds.Should().Equal(answers[1].Answer.TokenIds).And.NotEqual(answers[2].Answer.TokenIds);
        answers[0].Runs.Should().Equal(answers[1].Runs);
    }

    [Fact]
    public void An_evaluation_compares_the_answer_after_the_tool()
    {
        using var model = CreateModel(600);
        var tool = new TestTool("stok", "5");
        using var calling = new ToolModel(
            model, new(new(tool), model.Template, Tokenizer, model.ContextLength, new(), TimeProvider.System));
        var answer = ChatMessage.Assistant("Beş.");
        GoldRow[] rows = [new("gold.jsonl:1", TaskType.Answer, new(ChatMessage.User("Kaç makara var?")), answer)];
        var options = new EvaluationOptions { MaxTokens = 40 };

        var with = GoldEvaluation.Run(calling, rows, options).Results.Single()!;
        (with.Answer, with.Values[Metric.ExactMatch].Sum, tool.Calls).Should().Be(("Beş.", 1.0, 1));
        calling.Runs.Single().Outcome.Should().Be(ToolOutcome.Completed);
        // The prompt offers the tool, as in a chat.
        calling.FitToContext(rows[0].Prompt, 40)!.Messages[0].Text.Should().Contain("\"name\":\"stok\"");

        var without = GoldEvaluation.Run(model, rows, options).Results.Single()!;
        (without.Answer, without.Values[Metric.ExactMatch].Sum, tool.Calls).Should().Be(($"Bakıyorum.\n{Call}", 0.0, 1));
    }

    // The model calls the tool, and answers when it has read an output.
    private static ChatModel CreateModel(int contextLength, bool random = false) => new(
        FakeDecoder.Calling(
            Tokenizer, "Bakıyorum.", Call, "Beş.", contextLength,
            cached => random && cached.Contains(SpecialTokens.ToolOutput)),
        Tokenizer, new ChatTemplate(Tokenizer, "Kısa."));

    private static ChatSession CreateSession(ChatModel model, ITool tool, SamplingOptions? options = null) =>
        new(model, options ?? SamplingOptions.Greedy(40))
        {
            Tools = new(new(tool), model.Template, Tokenizer, model.ContextLength, new(), TimeProvider.System),
        };

    private static Task<ToolAnswer> Run(
        TestTool tool, string call = Call, ToolLimits? limits = null, int contextLength = 1000, string[]? clientTools = null,
        CancellationToken cancellationToken = default)
    {
        var loop = new ToolLoop(
            new(tool), new ChatTemplate(Tokenizer), Tokenizer, contextLength, limits ?? new(), TimeProvider.System)
        {
            ClientTools = (clientTools ?? []).ToHashSet(),
        };
        var turns = 0;
        return loop.RunAsync(
            new(ChatMessage.User("Kaç makara var?")), 12,
            (_, _) => Task.FromResult(turns++ == 0
                ? new Answer("", FinishReason.EndOfTurn, []) { ToolCall = call }
                : new Answer("Beş.", FinishReason.EndOfTurn, [])),
            cancellationToken);
    }
}
