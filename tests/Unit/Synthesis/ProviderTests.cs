using System.Text.Json.Nodes;
using FluentAssertions;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Tests.Unit.Cli;

namespace TurkishLlm.Tests.Unit.Synthesis;

/// <summary>The libraries of Anthropic and OpenAI against a local service.</summary>
[Trait("Suite", "Fast")]
public sealed class ProviderTests
{
    private const string Key = "sk-gizli-anahtar-0123456789";

    private static readonly ModelRequest Request = new(
        "r01/ğ", "bağlam", "model-x", "v2-1", "Türkçe yönerge: ığüşöç", "Soru sor.",
        """{"type":"object","additionalProperties":false}""", 777);

    public static TheoryData<string> Services => ["anthropic", "openai"];

    [Theory, MemberData(nameof(Services))]
    public async Task Sends_the_request_and_reads_the_reply(string service)
    {
        using var stub = new StubService { Reply = (_, _) => "{\"pairs\":[\"ışık\"]}" };
        using var provider = Provider(service, stub);
        (await Ask(provider))
            .Should()
            .Be(new ModelReply("{\"pairs\":[\"ışık\"]}", 100, 50, service == "anthropic" ? "end_turn" : "stop"));

        var (line, headers, body) = stub.Requests.Should().ContainSingle().Subject;
        line.Should().Be(service == "anthropic" ? "POST /v1/messages HTTP/1.1" : "POST /v1/chat/completions HTTP/1.1");
        headers.Should().Contain($"Idempotency-Key: {Request.GetKey(1)}").And.Contain(Key);
        var sent = JsonNode.Parse(body)!;
        ((string)sent["model"]!, (int)sent["max_tokens"]!).Should().Be(("model-x", 777));
        if (service == "anthropic")
        {
            ((string)sent["system"]!).Should().Be(Request.System);
            ((string)sent["messages"]![0]!["content"]!).Should().Be(Request.User);
            sent["output_config"]!["format"]!["schema"]!["additionalProperties"]!.GetValue<bool>().Should().BeFalse();
        }
        else
        {
            sent["messages"]!
                .AsArray()
                .Select(message => ((string)message!["role"]!, (string)message["content"]!))
                .Should()
                .Equal(("system", Request.System), ("user", Request.User));
            sent["response_format"]!["json_schema"]!["schema"]!["additionalProperties"]!.GetValue<bool>().Should().BeFalse();
        }
    }

    [Theory, MemberData(nameof(Services))]
    public async Task Leaves_the_schema_out_where_a_service_cannot_take_it(string service)
    {
        using var stub = new StubService();
        using var provider = Provider(service, stub, schema: false);
        await Ask(provider);
        stub.Requests.Single().Body.Should().NotContain("additionalProperties");
    }

    [Theory]
    [InlineData(429, FailureKind.Transient)]
    [InlineData(408, FailureKind.Transient, true)]
    [InlineData(409, FailureKind.Transient)]
    [InlineData(500, FailureKind.Transient)]
    [InlineData(504, FailureKind.Transient, true)]
    [InlineData(529, FailureKind.Transient)]
    [InlineData(400, FailureKind.RequestRejected)]
    [InlineData(401, FailureKind.Fatal)]
    [InlineData(402, FailureKind.Fatal)]
    [InlineData(403, FailureKind.Fatal)]
    [InlineData(404, FailureKind.Fatal)]
    public async Task A_status_says_what_to_do(int status, FailureKind kind, bool inDoubt = false)
    {
        foreach (var service in Services.Select(row => row.Data))
        {
            using var stub = new StubService
            {
                Special = (_, _, _) =>
                    (
                        status, "Retry-After: 7\r\n",
                        $$$"""{"type":"error","error":{"type":"x","message":"your key {{{Key}}} is ığdır"}}"""),
            };
            using var provider = Provider(service, stub);
            var failure = (await FluentActions.Awaiting(() => Ask(provider)).Should().ThrowAsync<ProviderException>()).Which;
            (failure.Kind, failure.InDoubt, failure.RetryAfter).Should().Be((kind, inDoubt, TimeSpan.FromSeconds(7)), service);
            failure
                .Message.Should()
                .Contain(status.ToString(System.Globalization.CultureInfo.InvariantCulture))
                .And.NotContain(Key, "keys are never shown")
                .And.Contain("your key …");
            stub.Requests.Should().ContainSingle("the library does not repeat by itself");
        }
    }

    [Theory, MemberData(nameof(Services))]
    public async Task A_reply_that_is_lost_on_the_way_is_in_doubt(string service)
    {
        foreach (
            var fault in new[] { ServiceFault.Truncated, ServiceFault.ClosedAfterPaying, ServiceFault.ClosedAtOnce })
        {
            using var stub = new StubService
            {
                Faults = (_, visit) => visit == 0 ? fault : ServiceFault.None,
                Reply = (_, _) => "{\"pairs\":[\"tam\"]}",
            };
            using var provider = Provider(service, stub);
            var failure = (
                await FluentActions.Awaiting(() => Ask(provider)).Should().ThrowAsync<ProviderException>($"{service}, {fault}")
            ).Which;
            (failure.Kind, failure.InDoubt).Should().Be((FailureKind.Transient, true), $"{service}, {fault}");
            failure.Message.Should().NotContain(Key);
            if (fault == ServiceFault.Truncated)
                failure.Partial!.Body.Should().StartWith("{\"id\":", "what arrived is kept, {0}", service).And.NotContain("tam");
            (await Ask(provider)).Text.Should().Be("{\"pairs\":[\"tam\"]}");
            stub.Paid.Should().ContainSingle("the second request has the key of the first");
        }
    }

    [Theory, MemberData(nameof(Services))]
    public async Task A_service_that_is_not_there_was_asked_nothing(string service)
    {
        string address;
        using (var stub = new StubService()) address = stub.Address;
        using var provider = (IDisposable)Provider(service, address, TimeSpan.FromSeconds(5));
        var failure = (await FluentActions.Awaiting(() => Ask(provider)).Should().ThrowAsync<ProviderException>()).Which;
        (failure.Kind, failure.InDoubt).Should().Be((FailureKind.Transient, false), failure.Message);
    }

    [Theory, MemberData(nameof(Services))]
    public async Task Does_not_wait_longer_than_it_may(string service)
    {
        using var stub = new StubService { Special = (_, _, _) => { Thread.Sleep(3000); return (200, "", "{}"); } };
        using var provider = (IDisposable)Provider(service, stub.Address, TimeSpan.FromMilliseconds(200));
        var failure = (await FluentActions.Awaiting(() => Ask(provider)).Should().ThrowAsync<ProviderException>()).Which;
        (failure.Kind, failure.InDoubt).Should().Be((FailureKind.Transient, true), failure.Message);
    }

    [Theory, MemberData(nameof(Services))]
    public async Task A_batch_is_answered_and_what_failed_is_asked_again(string service)
    {
        using var here = new TurkishLlm.Tests.Unit.Cli.TestWorkspace();
        using var stub = new StubService
        {
            Reply = (key, _) => key.EndsWith("-1", StringComparison.Ordinal) && key[0] < '4' ? "{ bozuk" : "{\"pairs\":[1]}",
            Faults = (key, visit) => key[0] > 'b' && visit == 0 ? ServiceFault.ServerError : ServiceFault.None,
        };
        using var provider = Provider(service, stub);
        var requests = Requests(40);
        (await Batch(here, provider, requests)).Should().Be(new GenerationResult(0, 40, 0, 0, 0, ""));
        stub.Batches.Should().HaveCountGreaterThan(1);
        var state = JournalState.Read(here / "journal.jsonl");
        state
            .Replies.Where(reply => reply.IsReadable)
            .Select(reply => reply.Group)
            .Should()
            .BeEquivalentTo(requests.Select(request => request.Group));
        state.Replies.Should().HaveCount(stub.Paid.Count).And.OnlyHaveUniqueItems(reply => $"{reply.Request}-{reply.Attempt}");
        state.Spent.Should().Be(stub.Paid.Count * new ModelPrice(1, 2).BatchPrice.ComputeCost(100, 50));
        state.OpenBatches.Should().BeEmpty();
        (await Batch(here, provider, requests)).PreviouslyAnswered.Should().Be(40);
    }

    [Theory, MemberData(nameof(Services))]
    public async Task A_batch_whose_reply_was_lost_is_found_and_not_submitted_twice(string service)
    {
        using var here = new TurkishLlm.Tests.Unit.Cli.TestWorkspace();
        using var stub = new StubService { Reply = (_, _) => "{\"pairs\":[1]}", LosesNextBatch = true };
        using var provider = Provider(service, stub);
        await FluentActions.Awaiting(() => Batch(here, provider, Requests(5))).Should().ThrowAsync<ProviderException>();
        stub.Batches.Should().ContainSingle();
        JournalState.Read(here / "journal.jsonl").InDoubtCost.Should().BePositive();

        stub.LosesNextBatch = false;
        (await Batch(here, provider, Requests(5))).Should().Be(new GenerationResult(0, 5, 0, 0, 0, ""));
        stub.Batches.Should().ContainSingle();
        stub.Paid.Should().HaveCount(5);
        JournalState.Read(here / "journal.jsonl").InDoubtCost.Should().Be(0);
    }

    [Fact]
    public async Task A_batch_stays_within_the_budget()
    {
        using var here = new TurkishLlm.Tests.Unit.Cli.TestWorkspace();
        using var stub = new StubService { Reply = (_, _) => "{\"pairs\":[1]}" };
        using var provider = Provider("openai", stub);
        var requests = Requests(10);
        var most = new ModelPrice(1, 2).BatchPrice.ComputeMaxCost(requests[0]);
        using var journal = Journal.Open(here / "journal.jsonl");
        var result = await new BatchReplyGenerator(
            journal, (IBatchProvider)provider,
            new(new(1, 2)) { Budget = most * 1.2m, InitialBackoff = TimeSpan.Zero },
            TimeProvider.System).RunAsync(requests, null, default);
        result.Unsent.Should().BePositive();
        (result.Answered + result.Unsent).Should().Be(10);
        journal.Query(state => state.Spent).Should().BeLessThanOrEqualTo(most * 1.2m);
    }

    private static ModelRequest[] Requests(int count) =>
        [.. Enumerable.Range(0, count).Select(i => Request with { Group = FormattableString.Invariant($"g{i}") })];

    private static async Task<GenerationResult> Batch(
        TurkishLlm.Tests.Unit.Cli.TestWorkspace here, IDisposable provider, ModelRequest[] requests)
    {
        using var journal = Journal.Open(here / "journal.jsonl");
        return await new BatchReplyGenerator(
            journal, (IBatchProvider)provider,
            new(new(1, 2)) { InitialBackoff = TimeSpan.Zero, MaxConsecutiveFailures = 2 },
            TimeProvider.System).RunAsync(requests, null, default);
    }

    private static async Task<ModelReply> Ask(IDisposable provider)
    {
        var raw = await ((IReplyProvider)provider).GetReplyAsync(Request, 1, TestContext.Current.CancellationToken);
        var reply = ReplyInterpreter.Interpret(
            new(
                default, 1, "", "r", 1, "g", "", "", "", raw.Format, raw.Encoding, raw.Body, ModelPrice.Free, 0, 0)).Reply;
        return new(reply.Text, reply.InputTokens, reply.OutputTokens, reply.StopReason);
    }

    private static IDisposable Provider(string service, StubService stub, bool schema = true) =>
        Provider(service, stub.Address, TimeSpan.FromSeconds(30), schema);

    private static IDisposable Provider(string service, string address, TimeSpan timeout, bool schema = true) =>
        service == "anthropic"
        ? new AnthropicProvider(Key, new(address), timeout, schema, TimeProvider.System)
        : new OpenAIProvider(Key, new(address + "/v1"), timeout, schema, TimeProvider.System);
}
