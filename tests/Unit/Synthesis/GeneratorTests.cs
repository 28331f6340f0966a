using System.Collections.Concurrent;
using FluentAssertions;
using TurkishLlm.Synthesis.Generation;

namespace TurkishLlm.Tests.Unit.Synthesis;

[Trait("Suite", "Fast")]
public sealed class GeneratorTests : IDisposable
{
    private const string Good = """{"pairs":["iyi"]}""";

    private readonly TurkishLlm.Tests.Unit.Cli.TestWorkspace _here = new();

    public void Dispose() => _here.Dispose();

    [Fact]
    public async Task Asks_for_everything_once_and_for_nothing_again()
    {
        var provider = new ScriptedProvider((_, _, _) => Good);
        (await Run(provider, Requests(20))).Should().Be(new GenerationResult(0, 20, 0, 0, 0, ""));
        (await Run(provider, Requests(23))).Should().Be(new GenerationResult(20, 3, 0, 0, 0, ""));
        provider.Requests.Should().HaveCount(23).And.OnlyHaveUniqueItems();
    }

    [Fact]
    public async Task Reports_every_reply_once_and_in_order()
    {
        var reports = new SlowReports();
        using var journal = Journal.Open(_here / "journal.jsonl");
        await new ReplyGenerator(
            journal, new ScriptedProvider((_, _, _) => Good), new(ModelPrice.Free) { Concurrency = 8 }, TimeProvider.System)
            .RunAsync(Requests(60), reports, TestContext.Current.CancellationToken);
        reports.Done.Should().Equal(Enumerable.Range(1, 60));
    }

    [Fact]
    public async Task A_failure_that_passes_is_repeated_as_the_same_attempt_and_an_unreadable_reply_as_the_next()
    {
        var provider = new ScriptedProvider((_, attempt, visit) => (attempt, visit) switch
        {
            (1, 0) => new ProviderException("429", FailureKind.Transient),
            (1, 1) => "bozuk",
            (2, 0) => new ProviderException("closed", FailureKind.Transient) { InDoubt = true },
            _ => Good,
        });
        (await Run(provider, Requests(3))).Should().Be(new GenerationResult(0, 3, 0, 0, 0, ""));
        provider
            .Requests.Where(asked => asked.StartsWith("g0", StringComparison.Ordinal))
            .Should()
            .Equal("g0 1", "g0 1", "g0 2", "g0 2");
        using var journal = Journal.Open(_here / "journal.jsonl");
        journal
            .Query(state => state.Replies.Count(reply => !reply.IsReadable && reply.Text == "bozuk"))
            .Should()
            .Be(3, "raw replies are kept");
        journal.Query(state => state.InDoubtSends.Count).Should().Be(3);
    }

    [Fact]
    public async Task Gives_a_request_up_after_so_many_replies_and_leaves_it_for_the_next_run_after_so_many_failures()
    {
        var bad = new ScriptedProvider((_, _, _) => "bozuk");
        var result = await Run(bad, Requests(2));
        (result with { FirstProblem = "" }).Should().Be(new GenerationResult(0, 0, 2, 0, 0, ""));
        result.FirstProblem.Should().StartWith("the reply: not JSON at byte ");
        bad.Requests.Should().HaveCount(6);
        (await Run(bad, Requests(2))).Unreadable.Should().Be(2);
        bad.Requests.Should().HaveCount(6, "what was given up is not paid again");

        var down = new ScriptedProvider((_, _, _) => new ProviderException("it is down", FailureKind.Transient));
        (await Run(down, Requests(1, "h"))).Should().Be(new GenerationResult(0, 0, 0, 1, 0, "it is down"));
        down.Requests.Should().HaveCount(8);
        (await Run(new ScriptedProvider((_, _, _) => Good), Requests(1, "h"))).Answered.Should().Be(1);
    }

    [Fact]
    public async Task A_wrong_key_stops_everything_and_a_wrong_request_only_itself()
    {
        var refusing = new ScriptedProvider((_, _, _) => new ProviderException("401: wrong key", FailureKind.Fatal));
        await FluentActions
            .Awaiting(() => Run(refusing, Requests(50)))
            .Should()
            .ThrowAsync<ProviderException>()
            .WithMessage("401: wrong key");
        refusing.Requests.Count.Should().BeLessThan(10);

        var picky = new ScriptedProvider(
            (group, _, _) => group == "g3" ? new ProviderException("400: too long", FailureKind.RequestRejected) : Good);
        (await Run(picky, Requests(6))).Should().Be(new GenerationResult(0, 5, 0, 1, 0, "400: too long"));
        picky.Requests.Count(asked => asked.StartsWith("g3", StringComparison.Ordinal)).Should().Be(1);
    }

    [Fact]
    public async Task Waits_for_requests_in_flight_when_stopped()
    {
        using var stop = new CancellationTokenSource();
        var (arrived, release) = (new SemaphoreSlim(0), new TaskCompletionSource());
        var provider = new ScriptedProvider((_, _, _) => Good, async () =>
        {
            arrived.Release();
            await release.Task;
        });
        var running = Run(provider, Requests(30), stop.Token);
        for (var i = 0; i < 4; i++) await arrived.WaitAsync();
        await stop.CancelAsync();
        running.IsCompleted.Should().BeFalse();
        release.SetResult();
        await FluentActions.Awaiting(() => running).Should().ThrowAsync<OperationCanceledException>();
        JournalState
            .Read(_here / "journal.jsonl")
            .Replies.Should()
            .HaveCount(provider.Requests.Count, "every reply that was asked for was paid, and is kept");
        provider.Requests.Count.Should().Be(4);
    }

    [Fact]
    public async Task Holds_all_requests_while_the_service_asks_to_wait()
    {
        var time = new JumpingTimeProvider();
        var first = true;
        var provider = new ScriptedProvider((_, _, _) =>
        {
            if (!first) return Good;
            first = false;
            return new ProviderException("429", FailureKind.Transient) { RetryAfter = TimeSpan.FromSeconds(90) };
        });
        using var journal = Journal.Open(_here / "journal.jsonl");
        await new ReplyGenerator(journal, provider, new(ModelPrice.Free) { Concurrency = 1 }, time).RunAsync(
            Requests(2), null, default);
        time.Elapsed.Should().BeGreaterThanOrEqualTo(TimeSpan.FromSeconds(90));
    }

    [Fact]
    public async Task Spaces_requests_and_tokens_out()
    {
        var time = new JumpingTimeProvider();
        using var journal = Journal.Open(_here / "journal.jsonl");
        await new ReplyGenerator(
            journal,
            new ScriptedProvider((_, _, _) => Good),
            new(ModelPrice.Free) { Concurrency = 3, RequestsPerMinute = 10 },
            time).RunAsync(Requests(6), null, default);
        time.Elapsed.Should().BeGreaterThanOrEqualTo(TimeSpan.FromSeconds(30)).And.BeLessThan(TimeSpan.FromSeconds(40));

        var tokens = new JumpingTimeProvider();
        var asked = Requests(4, "t");
        await new ReplyGenerator(
            journal,
            new ScriptedProvider((_, _, _) => Good),
            new(ModelPrice.Free) { Concurrency = 3, TokensPerMinute = 2 * (int)asked[0].MaxInputTokens },
            tokens).RunAsync(asked, null, default);
        tokens.Elapsed.Should().BeGreaterThanOrEqualTo(TimeSpan.FromSeconds(89)).And.BeLessThan(TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task Announces_every_wait_with_its_length_reason_and_attempt()
    {
        var waits = new ConcurrentQueue<GenerationWait>();
        var provider = new ScriptedProvider((_, _, visit) => visit switch
        {
            0 => new ProviderException("busy", FailureKind.Transient),
            1 => new ProviderException("slow down", FailureKind.Transient) { RetryAfter = TimeSpan.FromSeconds(75) },
            _ => Good,
        });
        using var journal = Journal.Open(_here / "journal.jsonl");
        var options = new GenerationOptions(ModelPrice.Free) { OnWait = waits.Enqueue, InitialBackoff = TimeSpan.FromSeconds(2) };
        await new ReplyGenerator(journal, provider, options, new JumpingTimeProvider()).RunAsync(Requests(1), null, default);
        waits.Should().HaveCount(2);
        var (first, second) = (waits.First(), waits.Last());
        (first.Subject, first.Reason, first.Attempt, first.MaxAttempts).Should().Be(("g0", "busy", 1, 8));
        first.Delay.Should().BeGreaterThanOrEqualTo(TimeSpan.FromSeconds(1)).And.BeLessThanOrEqualTo(TimeSpan.FromSeconds(2));
        (second.Reason, second.Attempt, second.Delay).Should().Be(("slow down", 2, TimeSpan.FromSeconds(75)));
    }

    [Fact]
    public async Task Waits_double_up_to_a_minute_and_begin_again_after_a_reply()
    {
        var waits = new ConcurrentQueue<GenerationWait>();
        var provider = new ScriptedProvider((_, attempt, visit) =>
            visit < 7 ? new ProviderException("busy", FailureKind.Transient) : attempt == 1 ? "bozuk" : Good);
        using var journal = Journal.Open(_here / "journal.jsonl");
        var options = new GenerationOptions(ModelPrice.Free) { OnWait = waits.Enqueue, InitialBackoff = TimeSpan.FromSeconds(3) };
        var result = await new ReplyGenerator(journal, provider, options, new JumpingTimeProvider()).RunAsync(
            Requests(1), null, default);
        result.Answered.Should().Be(1);
        waits.Select(wait => wait.Attempt).Should().Equal([1, 2, 3, 4, 5, 6, 7, 1, 2, 3, 4, 5, 6, 7]);
        // The share by which a request waits less depends on its id only.
        var delays = waits.Select(wait => wait.Delay.TotalSeconds).ToArray();
        delays.Select(delay => delay / delays[0]).Should().Equal(
            [1, 2, 4, 8, 16, 20, 20, 1, 2, 4, 8, 16, 20, 20], (ratio, expected) => Math.Abs(ratio - expected) < 1e-6);
    }

    [Fact]
    public async Task Stops_where_a_service_asks_to_wait_for_hours()
    {
        var provider = new ScriptedProvider((_, _, _) =>
            new ProviderException("daily limit.", FailureKind.Transient) { RetryAfter = TimeSpan.FromHours(7.5) });
        await FluentActions
            .Awaiting(() => Run(provider, Requests(30)))
            .Should()
            .ThrowAsync<ProviderException>()
            .WithMessage("daily limit. It asks to wait 7.5 hours; run the command again then.");
        provider.Requests.Count.Should().BeLessThan(10);
    }

    [Fact]
    public async Task Stops_before_it_pays_for_everything_when_no_reply_has_a_text()
    {
        var page = RawReply.FromBytes(ReplyFormat.OpenAI, "<html><title>Giriş</title></html>"u8);
        var provider = new ScriptedProvider((_, _, _) => page);
        await FluentActions
            .Awaiting(() => Run(provider, Requests(100)))
            .Should()
            .ThrowAsync<ProviderException>()
            .WithMessage(
                "The last 6 replies have no text: the body is not JSON; it starts with \"<html><title>Giriş</title></html>\". "
                    + "Stopped before paying for more; the replies are in the journal.");
        provider.Requests.Count.Should().BeInRange(6, 9, "six replies are read while at most three others are on their way");
        JournalState.Read(_here / "journal.jsonl").Replies.Should().HaveCount(provider.Requests.Count);
    }

    [Fact]
    public async Task A_damaged_reply_is_requested_as_the_same_attempt_and_at_most_three_times()
    {
        var half = RawReply.FromBytes(ReplyFormat.Anthropic, """{"content":[{"type":"text","te"""u8);
        var once = new ScriptedProvider((_, _, visit) => visit == 0 ? half : Good);
        (await Run(once, Requests(2, "once"))).Answered.Should().Be(2);
        once.Requests.Should().BeEquivalentTo("once0 1", "once0 1", "once1 1", "once1 1");

        var always = new ScriptedProvider((_, _, _) => half);
        (await Run(always, Requests(1, "always"))).Unreadable.Should().Be(1);
        always.Requests.Should().Equal("always0 1", "always0 1", "always0 1");
        (await Run(always, Requests(1, "always"))).Unreadable.Should().Be(1);
        always.Requests.Should().HaveCount(3, "another run does not pay again");
    }

    private static ModelRequest[] Requests(int count, string name = "g") =>
        [
            .. Enumerable
                .Range(0, count)
                .Select(i => new ModelRequest(FormattableString.Invariant($"{name}{i}"), "", "m", "v2", "", "", "", 10)),
        ];

    private async Task<GenerationResult> Run(
        IReplyProvider provider, ModelRequest[] requests,
        CancellationToken cancellationToken = default)
    {
        using var journal = Journal.Open(_here / "journal.jsonl");
        return await new ReplyGenerator(
            journal, provider,
            new(ModelPrice.Free) { InitialBackoff = TimeSpan.Zero },
            TimeProvider.System).RunAsync(requests, null, cancellationToken);
    }

    /// <summary>Answers by group, attempt, and number of earlier requests for that attempt.</summary>
    private sealed class ScriptedProvider(Func<string, int, int, object> script, Func<Task>? before = null) : IReplyProvider
    {
        private readonly ConcurrentDictionary<string, int> _visits = [];

        public ConcurrentQueue<string> Requests { get; } = [];

        public async Task<RawReply> GetReplyAsync(ModelRequest request, int attempt, CancellationToken cancellationToken)
        {
            var key = FormattableString.Invariant($"{request.Group} {attempt}");
            Requests.Enqueue(key);
            if (before is not null) await before();
            await Task.Yield();
            var visit = _visits.AddOrUpdate(key, 0, (_, visits) => visits + 1);
            return script(request.Group, attempt, visit) switch
            {
                Exception error => throw error,
                RawReply raw => raw,
                var text => RawReply.FromRecorded(new(request.Group, attempt, (string)text, 1, 1)),
            };
        }
    }

    /// <summary>Takes so long that reports at the same time would change places.</summary>
    private sealed class SlowReports : IProgress<GenerationProgress>
    {
        public List<int> Done { get; } = [];

        public void Report(GenerationProgress value)
        {
            Thread.Sleep(value.Done % 3);
            lock (Done) Done.Add(value.Done);
        }
    }

    /// <summary>A clock that advances at once to the end of every delay.</summary>
    private sealed class JumpingTimeProvider : TimeProvider
    {
        private long _ticks = 1;

        public TimeSpan Elapsed => new(_ticks - 1);

        public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Read(ref _ticks);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var due = Interlocked.Read(ref _ticks) + dueTime.Ticks;
            return System.CreateTimer(_ =>
            {
                long now;
                while ((now = Interlocked.Read(ref _ticks)) < due && Interlocked.CompareExchange(ref _ticks, due, now) != now) { }
                callback(state);
            }, null, TimeSpan.FromMilliseconds(2), Timeout.InfiniteTimeSpan);
        }
    }
}
