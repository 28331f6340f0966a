using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using FluentAssertions;
using TurkishLlm.Synthesis;
using TurkishLlm.Synthesis.Building;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Synthesis.Prompts;
using TurkishLlm.Synthesis.Reporting;
using TurkishLlm.Synthesis.Verdicts;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Tests.Unit.Synthesis;

/// <summary>Stopped at any line or byte and run again, the files are those of an uninterrupted run.</summary>
[Trait("Suite", "Fast")]
public sealed class RestartTests : IDisposable
{
    private static readonly ModelPrice Price = new(1, 10_000);
    private static readonly Tokenizer Tokenizer = Tokenizer.Load(Path.Combine(Repository.Root, "fixtures", "tokenizer"));

    private readonly TemporaryFolder _folder = new();
    private int _files;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_built_files_and_the_report_are_those_of_an_uninterrupted_run()
    {
        const int groups = 5;
        SmallSynthesisFolder.Write(_folder / "work", groups);
        var (chunks, blueprint) = new SynthesisFolder(_folder / "work").Open();
        var requests = blueprint.Groups
            .Select(group => new GroupRequestBuilder(chunks, Prompt.Load("v2"), "").Build(group, "m"))
            .ToArray();
        var whole = await RunAsync(Write(""));
        var expected = Build(whole);
        expected.Should().Contain("\"accepted\": 5").And.Contain("r01/tr/depo/raf4:1");
        var lines = await File.ReadAllLinesAsync(whole);
        lines.Should().HaveCount(2 * groups + 2, "one reply was unreadable");
        for (var count = 0; count < lines.Length; count++)
            Build(await RunAsync(Write(string.Concat(lines.Take(count).Select(line => line + "\n")))))
                .Should().Be(expected, "stopped after line {0}", count);

        async Task<string> RunAsync(string file)
        {
            using var journal = Journal.Open(file);
            await new ReplyGenerator(
                journal, new SmallService(), new(Price) { Concurrency = 1, InitialBackoff = TimeSpan.Zero },
                new TickingClock()).RunAsync(requests, null, default);
            return file;
        }

        string Build(string journal)
        {
            var state = JournalState.Read(journal);
            var review = Review.Create(blueprint, chunks, state);
            var options = new SftBuildOptions { ValidationShare = 0.4, RefusalShare = 0.2 };
            SftFolder.Write(
                _folder / "sft", new SftBuilder(chunks, chunks.All, Tokenizer, options).Build(review.Accepted), review,
                options);
            var metrics = SynthesisMetrics.Measure(blueprint, chunks, state, review);
            // Money in doubt depends on when the program was stopped; everything else must not.
            return string.Concat(Directory.EnumerateFiles(_folder / "sft", "*.json*", SearchOption.AllDirectories)
                    .Order(StringComparer.Ordinal)
                    .Select(File.ReadAllText))
                + string.Create(
                    CultureInfo.InvariantCulture,
                    $"{metrics.Accepted} {metrics.Unanswered} {metrics.Unreadable} {metrics.Tokens} {metrics.Cost} "
                        + $"{metrics.PairsPerGroup}");
        }
    }

    [Fact]
    public void A_journal_cut_at_any_byte_is_that_of_its_whole_lines()
    {
        var whole = Write("");
        using (var journal = Journal.Open(whole))
        {
            for (var i = 1; i <= 3; i++)
            {
                var request = Request(i);
                var send = journal.RecordSend(DateTimeOffset.UnixEpoch, request, 1, 0.25m * i);
                if (i == 2) journal.Append(new FailedEntry(default, send, request.Id, 1, request.Group, "ığ", InDoubt: true));
                else journal.Append(Reply(request, send, i == 1 ? "{\"pairs\":[\"ışık\"]}" : "bozuk ğ"));
            }
            journal.Append(new BatchSentEntry(default, "s", "m", ["k-1"], 8));
        }
        var bytes = File.ReadAllBytes(whole);
        var ends = Enumerable.Range(0, bytes.Length).Where(i => bytes[i] == '\n').ToArray();
        var expected = Enumerable.Range(0, ends.Length + 1)
            .Select(count => Observe(Write(Encoding.UTF8.GetString(bytes, 0, count == 0 ? 0 : ends[count - 1] + 1))))
            .ToArray();
        expected.Select(lines => string.Join('\n', lines)).Should().OnlyHaveUniqueItems();
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            if (cut % 61 != 0 && !Array.Exists(ends, end => Math.Abs(end - cut) <= 1)) continue;
            // A line is whole without its end too.
            var lines = ends.Count(end => end <= cut);
            var file = Write("");
            File.WriteAllBytes(file, bytes[..cut]);
            using (var journal = Journal.Open(file))
            {
                journal.Query(state => JournalContent.Describe(state, Ids)).Should().Equal(expected[lines], "cut at {0}", cut);
                journal.Append(new BatchSentEntry(default, "sonra", "m", [], 1));
            }
            var state = JournalState.Read(file);
            state.OpenBatches.Select(batch => batch.Sent.Submission).Should().Contain("sonra", "cut at {0}", cut);
            state.Replies.Should().HaveCount(lines >= 6 ? 2 : lines >= 2 ? 1 : 0);
        }
    }

    [Fact]
    public void Two_torn_lines_are_both_kept()
    {
        var file = Write("");
        foreach (var torn in (string[])["{\"kind\":\"sent\",\"a", "{\"kind\":\"replied\",\"ğ"])
        {
            File.AppendAllText(file, torn);
            Journal.Open(file).Dispose();
        }
        File.ReadAllText(file + ".torn").Should().Be("{\"kind\":\"sent\",\"a\n{\"kind\":\"replied\",\"ğ\n");
        File.ReadAllText(file).Should().BeEmpty();
    }

    [Theory]
    [InlineData(false, 100)]
    [InlineData(true, 100)]
    [InlineData(true, 5)]
    public async Task Batches_are_submitted_once_and_stay_within_the_budget(bool isKnownToTheService, int replies)
    {
        ModelRequest[] requests = [.. Enumerable.Range(0, 6).Select(Request)];
        var most = Price.BatchPrice.ComputeMaxCost(requests[0]);
        var whole = Write("");
        var service = new BatchService([], isKnown: true);
        await RunAsync(whole, service);
        var lines = await File.ReadAllLinesAsync(whole);
        var expected = Summarize(whole);
        service.Submissions.Should().BeGreaterThan(replies > 6 ? 1 : 0);
        for (var count = 0; count < lines.Length; count++)
        {
            var file = Write(string.Concat(lines.Take(count).Select(line => line + "\n")));
            var again = new BatchService(lines.Take(count), isKnownToTheService);
            await RunAsync(file, again);
            // A batch is money in doubt until its submission is confirmed, so fewer may fit into a budget.
            if (replies > 6)
            {
                Summarize(file).Should().Equal(expected, "stopped after line {0}", count);
                again.Submissions.Should().Be(
                    service.Submissions - again.Known, "what the service has is not submitted again, line {0}", count);
            }
            var state = new JournalState();
            foreach (var entry in File.ReadLines(file).Select(Parse))
            {
                state.Add(entry);
                if (entry is BatchSentEntry)
                    (state.Spent + state.InDoubtCost).Should().BeLessThanOrEqualTo(
                        replies * most, "a batch is sent after line {0}", count);
            }
            state.Spent.Should().BeLessThanOrEqualTo(replies * most);
        }

        Task RunAsync(string file, BatchService provider) => RunBatchesAsync(file, provider, requests, replies * most);
        string[] Summarize(string file)
        {
            var state = JournalState.Read(file);
            return
            [
                .. state.Replies.Select(reply => JsonText.Serialize(reply with { At = default })).Order(StringComparer.Ordinal),
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{state.Spent} {state.InDoubtCost} {state.OpenBatches.Count} {state.FailureCount} "
                        + $"{requests.Count(request => state.FindAnswer(request.Id) is not null)}"),
            ];
        }
    }

    [Fact]
    public async Task The_budget_of_batches_counts_what_is_in_doubt_from_single_requests()
    {
        ModelRequest[] requests = [.. Enumerable.Range(0, 6).Select(Request)];
        var most = Price.BatchPrice.ComputeMaxCost(requests[0]);
        var file = Write("");
        using (var journal = Journal.Open(file)) journal.RecordSend(default, Request(99), 1, 2 * most);
        var service = new BatchService([], isKnown: true);
        await RunBatchesAsync(file, service, requests, 5 * most);
        service.Sizes[0].Should().Be(3);
        var state = JournalState.Read(file);
        (state.Spent + state.InDoubtCost).Should().BeLessThanOrEqualTo(5 * most);
    }

    [Fact]
    public async Task Requests_that_fail_in_every_batch_are_given_up()
    {
        var service = new BatchService([], isKnown: true) { AlwaysFails = true };
        var file = Write("");
        await RunBatchesAsync(file, service, [Request(1), Request(2)], 1000);
        service.Sizes.Should().Equal(2, 2, 2);
        var state = JournalState.Read(file);
        (state.FailureCount, state.Spent, state.OpenBatches.Count).Should().Be((6, 0m, 0));
    }

    private static async Task RunBatchesAsync(string file, BatchService provider, ModelRequest[] requests, decimal budget)
    {
        using var journal = Journal.Open(file);
        await new BatchReplyGenerator(
            journal, provider, new(Price) { Budget = budget, InitialBackoff = TimeSpan.Zero, PollInterval = TimeSpan.Zero },
            new TickingClock()).RunAsync(requests, null, default);
    }

    private static readonly string[] Ids = [.. Enumerable.Range(1, 3).Select(i => Request(i).Id)];

    private static string[] Observe(string file) => JournalContent.Describe(JournalState.Read(file), Ids);

    private string Write(string text)
    {
        var file = _folder / string.Create(CultureInfo.InvariantCulture, $"journal{_files++}.jsonl");
        File.WriteAllText(file, text);
        return file;
    }

    private static JournalEntry Parse(string line) =>
        JsonText.Deserialize<JournalEntry>(line[..line.LastIndexOf(",\"check\"", StringComparison.Ordinal)] + "}", "line");

    private static ModelRequest Request(int i) =>
        new(string.Create(CultureInfo.InvariantCulture, $"r01/ğ{i}"), "c", "m", "v2", "s", "u", "{}", 100);

    private static ReceivedEntry Reply(ModelRequest request, long send, string text)
    {
        var raw = RawReply.FromRecorded(new(request.Group, 1, text, 10, 20));
        return new(
            default, send, "", request.Id, 1, request.Group, request.Context, request.Model, request.Prompt, raw.Format,
            raw.Encoding, raw.Body, Price, 0.25m, 1);
    }

    /// <summary>Answers about racks; the first reply about the third is unreadable.</summary>
    private sealed class SmallService : IReplyProvider
    {
        public Task<RawReply> GetReplyAsync(ModelRequest request, int attempt, CancellationToken cancellationToken)
        {
            var isBroken = attempt == 1 && request.Group.EndsWith("raf2", StringComparison.Ordinal);
            var text = isBroken ? "{ bozuk" : SmallSynthesisFolder.Reply(request.User);
            return Task.FromResult(RawReply.FromRecorded(new(request.Group, attempt, text, 100 + attempt, 50)));
        }
    }

    /// <summary>
    /// Processes batches at once. The first attempt of every third request is unreadable, that of every fifth fails once.
    /// </summary>
    private sealed class BatchService : IBatchProvider
    {
        private readonly ConcurrentDictionary<string, string[]> _batches = new(StringComparer.Ordinal);
        private readonly ConcurrentDictionary<string, string> _names = new(StringComparer.Ordinal);
        private readonly HashSet<string> _failed = [];

        /// <param name="journal">The lines that an earlier process wrote.</param>
        /// <param name="isKnown">True if the service received a batch before its submission was confirmed.</param>
        public BatchService(IEnumerable<string> journal, bool isKnown)
        {
            var entries = journal.Select(Parse).ToArray();
            foreach (var sent in entries.OfType<BatchSentEntry>())
            {
                var created = Array.Find(entries, entry => entry is BatchCreatedEntry made && made.Submission == sent.Submission);
                if (created is BatchCreatedEntry { Batch: var name } || isKnown && (name = $"b-{sent.Submission}").Length > 0)
                    Add(name, sent.Submission, [.. sent.Keys]);
            }
            Known = _batches.Count;
        }

        /// <summary>True if no request of any batch is processed.</summary>
        public bool AlwaysFails { get; init; }

        /// <summary>Number of batches of earlier processes.</summary>
        public int Known { get; }

        public int Submissions => Sizes.Count;

        public List<int> Sizes { get; } = [];

        public Task<string> SubmitAsync(
            string submission, IReadOnlyDictionary<string, ModelRequest> requests, CancellationToken cancellationToken)
        {
            Sizes.Add(requests.Count);
            Add($"b-{submission}", submission, [.. requests.Keys]);
            return Task.FromResult($"b-{submission}");
        }

        public Task<string?> FindAsync(
            BatchSentEntry sent, IReadOnlyCollection<string> others, CancellationToken cancellationToken) =>
            Task.FromResult(_names.GetValueOrDefault(sent.Submission));

        public Task<BatchStatus> GetStatusAsync(string batch, CancellationToken cancellationToken) =>
            Task.FromResult(new BatchStatus(true, _batches[batch].Length, null));

        public async IAsyncEnumerable<RawReply> GetResultsAsync(
            string batch, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Yield();
            foreach (var key in _batches[batch]) yield return new(ReplyFormat.OpenAIBatch, Result(batch, key), BodyEncoding.Utf8);
        }

        private void Add(string batch, string submission, string[] keys)
        {
            (_batches[batch], _names[submission]) = (keys, batch);
            foreach (var key in keys.Where(key => IsOneOf(key, 5) && _failed.Add(key))) _failed.Add($"{batch} {key}");
        }

        private string Result(string batch, string key)
        {
            if (AlwaysFails || _failed.Contains($"{batch} {key}"))
                return Result(key, 500, new() { ["error"] = new JsonObject { ["message"] = "no" } });
            var text = IsOneOf(key, 3) && key.EndsWith("-1", StringComparison.Ordinal) ? "bozuk" : "{\"pairs\":[1]}";
            return Result(key, 200, new()
            {
                ["choices"] = new JsonArray(
                    new JsonObject { ["message"] = new JsonObject { ["content"] = text } }),
                ["usage"] = new JsonObject { ["prompt_tokens"] = 10, ["completion_tokens"] = 60 },
            });
        }

        private static string Result(string key, int status, JsonObject body) => new JsonObject
        {
            ["custom_id"] = key,
            ["response"] = new JsonObject { ["status_code"] = status, ["body"] = body },
        }.ToJsonString();

        private static bool IsOneOf(string key, int count) =>
            int.Parse(key.AsSpan(0, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture) % count == 0;
    }

    /// <summary>A clock that advances by a second whenever it is read.</summary>
    private sealed class TickingClock : TimeProvider
    {
        private int _seconds;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddSeconds(_seconds++);

        public override long GetTimestamp() => 0;
    }
}
