using System.Text.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Tests.Unit.Cli;

namespace TurkishLlm.Tests.Unit.Synthesis;

/// <summary>Paid replies in any shape are in the journal as received, once, and are not paid again.</summary>
[Trait("Suite", "Fast")]
public sealed class ReplyShapeTests : IDisposable
{
    private static readonly ModelPrice Price = new(3, 15);

    private static readonly string[] Bodies =
    [
        """{"choices":[{"message":{"content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"{\"pairs\":[1]}"}]}}],"usage":{"prompt_tokens":10.0}}""",
        """{"id":null,"choices":[{"message":{"content":"{\"pairs\":[1]}"}}],"usage":null}""",
        """{"content":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"text","text":"{\"pairs\":[1]}"}]}""",
        """{"content":[{"type":"text","text":"{\"pairs\":[1]}"}],"usage":null,"stop_reason":"new_reason"}""",
        "data: {\"choices\":[{\"delta\":{\"content\":\"{\\\"pairs\\\":[1]}\"}}]}\n\ndata: [DONE]\n",
        """{"choices":[]}""",
        """{"choices":[{"message":{"content":"\ud83d"}}]}""",
        """{"choices":[{"message":{"content":null,"refusal":"Hayır."}}]}""",
        """{"content":[],"stop_reason":"refusal"}""",
        "<html>Oturum açın</html>",
        "tamam",
        "",
    ];

    private readonly TestWorkspace _here = new();

    public static TheoryData<string, int> Cases
    {
        get
        {
            var cases = new TheoryData<string, int>();
            foreach (var service in ProviderTests.Services.Select(row => row.Data))
                for (var body = 0; body < Bodies.Length; body++) cases.Add(service, body);
            return cases;
        }
    }

    public void Dispose() => _here.Dispose();

    [Theory, MemberData(nameof(Cases))]
    public async Task Every_paid_body_is_in_the_journal_once_and_never_paid_again(string service, int body)
    {
        using var stub = new StubService { Special = (_, _, _) => (200, "", Bodies[body]) };
        var first = await RunAsync(service, stub);
        Received().Should().HaveCount(stub.Requests.Count, "each paid reply is kept once").And.AllBe(Bodies[body]);
        var isReadable = Bodies[body].Contains("pairs", StringComparison.Ordinal);
        var isFinal = isReadable || Bodies[body].Contains("refus", StringComparison.Ordinal);
        stub.Requests.Should().HaveCount(isFinal ? 1 : 3);
        (first.Answered, first.Unreadable, first.Failed).Should().Be(isReadable ? (1, 0, 0) : (0, 1, 0));
        (first.FirstProblem.Length > 0).Should().Be(!isReadable);

        var paid = stub.Requests.Count;
        await RunAsync(service, stub);
        stub.Requests.Should().HaveCount(paid, "the journal is interpreted again, and nothing is sent");
        var state = JournalState.Read(_here / "journal.jsonl");
        state.Spent.Should().Be(paid * Price.ComputeMaxCost(Request), "the cost is not known");
        state.RepliesWithoutUsage.Should().Be(paid);
        state.InDoubtSends.Should().BeEmpty();
    }

    [Theory]
    [InlineData("openai")]
    [InlineData("anthropic")]
    public async Task An_error_in_place_of_a_reply_is_kept_and_its_reason_decides(string service)
    {
        string[] bodies =
        [
            """{"error":{"message":"Provider returned error","code":502}}""",
            """{"choices":[{"error":{"message":"upstream died","code":502},"finish_reason":"error"}]}""",
            """{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}""",
        ];
        var visits = 0;
        using var busy = new StubService { Special = (_, _, _) => (200, "", bodies.ElementAtOrDefault(visits++) ?? Bodies[1]) };
        (await RunAsync(service, busy)).Should().Be(new GenerationResult(0, 1, 0, 0, 0, ""));
        Received().Should().Equal([.. bodies, Bodies[1]]);
        JournalState.Read(_here / "journal.jsonl").FailureCount.Should().Be(3);

        using var broke = new StubService
        {
            Special = (_, _, _) => (200, "", """{"error":{"message":"no money","code":"insufficient_quota"}}"""),
        };
        (await FluentActions.Awaiting(() => RunAsync(service, broke, "other")).Should().ThrowAsync<ProviderException>())
            .WithMessage(
                "The service reports an error in place of a reply: insufficient_quota: no money The account has no credit*");
        broke.Requests.Should().ContainSingle();
    }

    [Theory]
    [InlineData(429, """{"error":{"message":"no credit","type":"insufficient_quota","code":"insufficient_quota"}}""")]
    [InlineData(400, """{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low"}}""")]
    [InlineData(403, """{"error":{"message":"The account is not active","code":"billing_not_active"}}""")]
    public async Task An_empty_account_stops_at_once(int status, string body)
    {
        foreach (var service in ProviderTests.Services.Select(row => row.Data))
        {
            using var stub = new StubService { Special = (_, _, _) => (status, "", body) };
            var failure = await FluentActions
                .Awaiting(() => RunAsync(service, stub, service))
                .Should()
                .ThrowAsync<ProviderException>();
            failure.Which.Message.Should().Contain("The account has no credit left").And.Contain("answered");
            stub.Requests.Should().ContainSingle();
        }
    }

    [Theory]
    [InlineData("openai")]
    [InlineData("anthropic")]
    public async Task A_key_that_a_service_sends_back_is_not_in_the_journal(string service)
    {
        using var stub = new StubService { Special = (_, headers, _) => (200, "", $"ş {headers}") };
        await RunAsync(service, stub);
        Received().Should().HaveCount(3).And.OnlyContain(body => body.StartsWith("ş ") && body.Contains("[key]"));
        File.ReadAllText(_here / "journal.jsonl").Should().NotContain(Key);
    }

    [Fact]
    public async Task Results_of_a_batch_in_any_shape_are_kept_and_end()
    {
        using var service = new OddBatchService();
        var requests = Enumerable
            .Range(0, 7)
            .Select(i => Request with { Group = FormattableString.Invariant($"g{i}") })
            .ToArray();
        for (var run = 0; run < 2; run++)
        {
            using var journal = Journal.Open(_here / "journal.jsonl");
            var result = await new BatchReplyGenerator(
                journal, service, new(Price) { InitialBackoff = TimeSpan.Zero, PollInterval = TimeSpan.Zero },
                TimeProvider.System).RunAsync(requests, null, default);
            (result.PreviouslyAnswered + result.Answered).Should().Be(2, "a list of parts, and a body in a string");
            result.Unreadable.Should().Be(2, "a refusal, and text with half an emoji");
            result.Failed.Should().Be(3, "an expired request, a rejected one, and one without a result");
            result.FirstFailure.Should().Contain("batch_expired");
        }
        var lines = Received(line => $"{line["batch"]} {line["body"]}");
        lines
            .Should()
            .OnlyHaveUniqueItems("a result is kept once for each batch")
            .And.Contain("batch_1 not a result")
            .And.Contain(line => line.Contains("batch_expired"));
        service.Batches.Should().HaveCount(6, "three batches for each run, at most");
    }

    [Fact]
    public async Task A_batch_that_the_service_does_not_process_is_not_submitted_for_ever()
    {
        var waits = new List<GenerationWait>();
        using var service = new OddBatchService { Error = new(0, ["token_limit_exceeded"], "Enqueued token limit reached.") };
        using var journal = Journal.Open(_here / "journal.jsonl");
        var options = new GenerationOptions(Price) { PollInterval = TimeSpan.Zero, OnWait = waits.Add };
        var result = await new BatchReplyGenerator(journal, service, options, TimeProvider.System).RunAsync(
            [Request], null, default);
        (result.Failed, result.FirstFailure).Should().Be((1, "token_limit_exceeded: Enqueued token limit reached."));
        service.Batches.Should().HaveCount(3);
        waits.Should().HaveCount(3).And.OnlyContain(wait => wait.Reason.Contains("Enqueued token limit reached."));
    }

    private const string Key = "sk-gizli-anahtar-0123456789";

    private static ModelRequest Request => new("g", "ctx", "m", "v2", "sistem", "kullanıcı", "{}", 100);

    private string[] Received(Func<JsonNode, string>? show = null) =>
        [
            .. File.ReadLines(_here / "journal.jsonl")
                .Select(line => JsonNode.Parse(line)!)
                .Where(line => (string)line["kind"]! == "received")
                .Select(show ?? (line => (string)line["body"]!)),
        ];

    private async Task<GenerationResult> RunAsync(string service, StubService stub, string group = "g")
    {
        using var journal = Journal.Open(_here / "journal.jsonl");
        using IDisposable provider = service == "anthropic"
            ? new AnthropicProvider(Key, new(stub.Address), TimeSpan.FromSeconds(30), true, TimeProvider.System)
            : new OpenAIProvider(Key, new(stub.Address + "/v1"), TimeSpan.FromSeconds(30), true, TimeProvider.System);
        return await new ReplyGenerator(
            journal, (IReplyProvider)provider,
            new(Price) { InitialBackoff = TimeSpan.Zero },
            TimeProvider.System).RunAsync([Request with { Group = group }], null, default);
    }

    /// <summary>Answers batches with a result of each shape, the first six requests of the first batch in order.</summary>
    private sealed class OddBatchService : IBatchProvider, IDisposable
    {
        public ServiceError? Error { get; init; }

        public List<string[]> Batches { get; } = [];

        public Task<string> SubmitAsync(
            string submission, IReadOnlyDictionary<string, ModelRequest> requests, CancellationToken cancellationToken)
        {
            Batches.Add([.. requests.OrderBy(pair => pair.Value.Group).Select(pair => pair.Key + " " + pair.Value.Group)]);
            return Task.FromResult(FormattableString.Invariant($"batch_{Batches.Count}"));
        }

        public Task<string?> FindAsync(
            BatchSentEntry sent, IReadOnlyCollection<string> others, CancellationToken cancellationToken) =>
            Task.FromResult<string?>(null);

        public Task<BatchStatus> GetStatusAsync(string batch, CancellationToken cancellationToken) =>
            Task.FromResult(new BatchStatus(true, 0, Error));

        public async IAsyncEnumerable<RawReply> GetResultsAsync(
            string batch,
            [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Yield();
            if (Error is not null) yield break;
            foreach (var keyAndGroup in Batches[^1])
            {
                var (key, group) = (keyAndGroup.Split(' ')[0], keyAndGroup.Split(' ')[1]);
                if (Create(key, group) is { } line) yield return RawReply.FromBytes(ReplyFormat.OpenAIBatch, line);
            }
            yield return RawReply.FromBytes(ReplyFormat.OpenAIBatch, "not a result"u8);
        }

        public void Dispose()
        {
        }

        private static byte[]? Create(string key, string group)
        {
            const string chat = """{"choices":[{"message":{"content":"{\"pairs\":[1]}"}}]}""";
            var result = group switch
            {
                "g0" => $$$"""{"status_code":200,"body":{{{Bodies[0]}}}}""",
                "g1" => $$$"""{"status_code":200,"body":{{{JsonSerializer.Serialize(chat)}}}}""",
                "g2" => $$$"""{"status_code":200,"body":{{{Bodies[7]}}}}""",
                "g3" => """{"status_code":200,"body":{"choices":[{"message":{"content":"\ud83d"}}]}}""",
                "g4" => "null,\"error\":{\"code\":\"batch_expired\",\"message\":\"too late\"}",
                "g5" => """{"status_code":400,"body":{"error":{"code":"context_length_exceeded","message":"long"}}}""",
                _ => null,
            };
            return result is null ? null
                : System.Text.Encoding.UTF8.GetBytes($$$"""{"custom_id":"{{{key}}}","response":{{{result}}}}""");
        }
    }
}
