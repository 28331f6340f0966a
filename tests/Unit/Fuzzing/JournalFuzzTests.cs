using System.Globalization;
using System.Text;
using FluentAssertions;
using TurkishLlm.Synthesis;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Tests.Unit.Cli;

namespace TurkishLlm.Tests.Unit.Fuzzing;

/// <summary>
/// Opens damaged journals and continues them: cut, with flipped bytes, spliced, with duplicated and deleted lines.
/// TURKISHLLM_FUZZ_COUNT sets the number of journals.
/// </summary>
public sealed class JournalFuzzTests : IDisposable
{
    private const int DefaultCount = 150, Requests = 6;

    private static readonly ModelPrice Price = new(1, 2);
    private readonly TestWorkspace _here = new();

    private static int Count =>
        int.TryParse(
            Environment.GetEnvironmentVariable("TURKISHLLM_FUZZ_COUNT"), NumberStyles.None, CultureInfo.InvariantCulture,
            out var count)
            ? count : DefaultCount;

    public void Dispose() => _here.Dispose();

    [Fact]
    public async Task A_damaged_journal_is_refused_in_a_sentence_or_continued_without_paying_twice()
    {
        var file = _here / "journal.jsonl";
        var requests = Enumerable
            .Range(0, Requests)
            .Select(i => new ModelRequest(FormattableString.Invariant($"r01/ğ{i}"), "c", "m", "v2", "s", "u", "{}", 100))
            .ToArray();
        var lines = await CreateAsync(file, requests);
        var answers = lines
            .Select(line => (Line: line, Entry: Read(line)))
            .Where(line => line.Entry is ReceivedEntry reply && ReplyInterpreter.Interpret(reply).Reply.IsReadable)
            .ToDictionary(line => line.Line, line => ((ReceivedEntry)line.Entry!).Request, StringComparer.Ordinal);
        answers.Should().HaveCount(4);
        var original = Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")));

        var (refused, continued) = (0, 0);
        for (var seed = 0; seed < Count; seed++)
        {
            var bytes = Mutate(original, new Random(seed));
            File.WriteAllBytes(file, bytes);
            File.Delete(file + ".torn");
            var kept = Encoding.UTF8.GetString(bytes)
                .Split('\n')
                .Where(answers.ContainsKey)
                .Select(line => answers[line])
                .ToHashSet();
            var provider = new CountingProvider();
            try
            {
                using var journal = Journal.Open(file);
                var before = journal.Query(state => state.Spent);
                var most = Price.ComputeMaxCost(requests[0]);
                before.Should().BeLessThanOrEqualTo(journal.Query(state => state.Replies.Count) * most);
                await new ReplyGenerator(
                    journal, provider, new(Price) { InitialBackoff = TimeSpan.Zero }, TimeProvider.System).RunAsync(
                    requests, null, default);
                continued++;
            }
            catch (InvalidDataException error)
            {
                refused++;
                error.Message.Should().StartWith($"{file}:", "seed {0}", seed).And.NotContainAny("\n", " at TurkishLlm");
                error.Message.Length.Should().BeLessThan(900);
                File.ReadAllBytes(file).Should().Equal(bytes, "a refused journal is not changed");
                continue;
            }
            provider.Asked.Should().NotIntersectWith(kept, "a reply that is in the journal is not paid again, seed {0}", seed);
            provider.Asked.Should().OnlyHaveUniqueItems("seed {0}", seed);
            JournalState.Read(file)
                .Replies.Where(reply => reply.IsReadable)
                .Select(reply => reply.Request)
                .Should()
                .OnlyHaveUniqueItems("seed {0}", seed);
        }
        refused.Should().BeGreaterThan(Count / 10);
        continued.Should().BeGreaterThan(Count / 10);
    }

    private static async Task<string[]> CreateAsync(string file, ModelRequest[] requests)
    {
        using (var journal = Journal.Open(file))
        {
            var provider = new CountingProvider();
            await new ReplyGenerator(journal, provider, new(Price) { Concurrency = 1 }, TimeProvider.System).RunAsync(
                requests[..3], null, default);
            // A lost reply, a failure, a batch with a reply, and one without an end.
            journal.RecordSend(default, requests[3], 1, 0.001m);
            var send = journal.RecordSend(default, requests[4], 1, 0.001m);
            journal.Append(new FailedEntry(default, send, requests[4].Id, 1, requests[4].Group, "429", InDoubt: true));
            journal.Append(new BatchSentEntry(default, "s1", "m", [requests[5].GetKey(1)], 0.5m));
            journal.Append(new BatchCreatedEntry(default, "s1", "b1"));
            journal.Append(
                new ReceivedEntry(
                    default, 0, "b1", requests[5].Id, 1, requests[5].Group, "c", "m", "v2", ReplyFormat.OpenAIBatch,
                    BodyEncoding.Utf8,
                    """{"response":{"status_code":200,"body":{"choices":[{"message":{"content":"{\"pairs\":[\"ü\"]}"}}],"usage":{"prompt_tokens":1,"completion_tokens":1}}}}""",
                    Price, 0.0005m, 0));
            journal.Append(new BatchEndedEntry(default, "s1"));
            journal.Append(new BatchSentEntry(default, "s2", "m", [requests[4].GetKey(1)], 0.5m));
        }
        return await File.ReadAllLinesAsync(file);
    }

    private static JournalEntry? Read(string line) =>
        JsonText.Deserialize<JournalEntry>(
            System.Text.RegularExpressions.Regex.Replace(line, ",\"check\":\"[0-9a-f]+\"}$", "}"), "line");

    private static byte[] Mutate(byte[] original, Random random)
    {
        var bytes = original.ToList();
        for (var changes = 1 + random.Next(3); changes > 0; changes--)
        {
            if (bytes.Count == 0) return [];
            var (at, length) = (random.Next(bytes.Count), 1 + random.Next(60));
            var ends = Enumerable.Range(0, bytes.Count).Where(i => bytes[i] == '\n').Select(i => i + 1).Prepend(0).ToArray();
            switch (random.Next(9))
            {
                case 0: bytes.RemoveRange(at, bytes.Count - at); break;
                case 1: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: bytes[at] = (byte)random.Next(256); break;
                case 3: bytes.RemoveRange(at, Math.Min(length, bytes.Count - at)); break;
                case 4: bytes.InsertRange(at, original.Skip(random.Next(original.Length)).Take(length)); break;
                case 5: bytes.InsertRange(at, Enumerable.Range(0, length).Select(_ => (byte)random.Next(256))); break;
                case 6 or 7 when ends.Length > 1:
                    var line = random.Next(ends.Length - 1);
                    var text = bytes.GetRange(ends[line], ends[line + 1] - ends[line]);
                    if (random.Next(2) == 0) bytes.RemoveRange(ends[line], text.Count);
                    else bytes.InsertRange(ends[random.Next(ends.Length)], text);
                    break;
                default: bytes.AddRange(original.Take(random.Next(original.Length))); break;
            }
        }
        return [.. bytes];
    }

    /// <summary>Answers every request with a readable reply.</summary>
    private sealed class CountingProvider : IReplyProvider
    {
        public System.Collections.Concurrent.ConcurrentQueue<string> Asked { get; } = [];

        public Task<RawReply> GetReplyAsync(ModelRequest request, int attempt, CancellationToken cancellationToken)
        {
            Asked.Enqueue(request.Id);
            const string body =
                """{"choices":[{"message":{"content":"{\"pairs\":[\"ışık\"]}"}}],"usage":{"prompt_tokens":1,"completion_tokens":1}}""";
            return Task.FromResult(RawReply.FromBytes(ReplyFormat.OpenAI, Encoding.UTF8.GetBytes(body)));
        }
    }
}
