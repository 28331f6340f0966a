using FluentAssertions;
using TurkishLlm.Synthesis;
using TurkishLlm.Synthesis.Generation;

namespace TurkishLlm.Tests.Unit.Synthesis;

[Trait("Suite", "Fast")]
public sealed class JournalTests : IDisposable
{
    private static readonly DateTimeOffset Time = new(2026, 3, 14, 9, 26, 53, TimeSpan.Zero);
    private readonly TurkishLlm.Tests.Unit.Cli.TestWorkspace _here = new();

    public void Dispose() => _here.Dispose();

    private string JournalFile => _here / "journal.jsonl";

    [Fact]
    public void Restores_answered_and_uncertain_requests_after_a_kill()
    {
        var (answered, lost, closed) = (Request("a"), Request("b"), Request("c"));
        using (var journal = Journal.Open(JournalFile))
        {
            journal.Append(Reply(answered, journal.RecordSend(Time, answered, 1, 0.5m), ""));
            journal.RecordSend(Time, lost, 1, 0.25m);
            journal.Append(
                new FailedEntry(
                    Time, journal.RecordSend(Time, closed, 1, 0.125m), closed.Id, 1, closed.Group, "closed", InDoubt: true));
        }
        using var again = Journal.Open(JournalFile);
        again.Query(state => state.FindAnswer(answered.Id)!.Text).Should().Be("{\"pairs\":[\"ışık\"]}");
        again
            .Query(state => (state.Spent, state.InDoubtCost, state.InDoubtSends.Count, state.SendCount, state.FailureCount))
            .Should()
            .Be((0.2m, 0.375m, 2, 3, 1));
        again.RecordSend(Time, lost, 1, 0.25m).Should().Be(4, "numbers go on");
        File.ReadAllText(JournalFile).Should().Contain("ışık").And.NotContain("\\u0");
    }

    [Fact]
    public void An_unfinished_line_is_moved_aside_and_the_rest_counts()
    {
        using (var journal = Journal.Open(JournalFile)) journal.Append(Reply(Request("a"), 1, ""));
        var whole = File.ReadAllText(JournalFile);
        File.AppendAllText(JournalFile, "{\"kind\":\"replied\",\"text\":\"yarım ğ");
        using (var journal = Journal.Open(JournalFile)) journal.Query(state => state.Replies.Count).Should().Be(1);
        File.ReadAllText(JournalFile).Should().Be(whole);
        File.ReadAllText(JournalFile + ".torn").Should().Be("{\"kind\":\"replied\",\"text\":\"yarım ğ\n");
    }

    [Fact]
    public void Is_never_repaired_by_guessing()
    {
        File.WriteAllText(
            JournalFile, JsonText.Serialize<JournalEntry>(Reply(Request("a"), 1, "")) + "\n{\"kind\":\"replied\"}\n");
        FluentActions
            .Invoking(() => Journal.Open(JournalFile))
            .Should()
            .Throw<InvalidDataException>()
            .WithMessage(
                $"{JournalFile}:2: invalid journal line. The journal contains paid replies, so it is never repaired "
                    + "automatically; fix or remove the line: *");
        File.ReadAllLines(JournalFile).Should().HaveCount(2);
    }

    [Fact]
    public void Has_one_owner()
    {
        using var first = Journal.Open(JournalFile);
        FluentActions
            .Invoking(() => Journal.Open(JournalFile))
            .Should()
            .Throw<IOException>()
            .WithMessage(
                $"Another process is using {JournalFile} (it has locked {JournalFile}.lock). Two processes would pay "
                    + "twice: wait for it, or stop it.");
        JournalState.Read(JournalFile).Replies.Should().BeEmpty("reading is free");
    }

    [Fact]
    public void The_same_reply_of_a_batch_counts_once()
    {
        using var journal = Journal.Open(JournalFile);
        foreach (var _ in Enumerable.Range(0, 2)) journal.Append(Reply(Request("a"), 0, ""));
        journal.Query(state => (state.Replies.Count, state.Spent)).Should().Be((1, 0.2m));

        var received = Received(Request("b"), 0, """{"choices":[]}"""u8) with { Batch = "b1" };
        foreach (var _ in Enumerable.Range(0, 2)) journal.Append(received);
        journal.Append(received with { Batch = "b2" });
        journal.Query(state => (state.Replies.Count, state.Spent)).Should().Be((3, 0.7m));
    }

    [Fact]
    public void Open_batches_and_sends_are_in_doubt_until_they_end()
    {
        var state = new JournalState();
        state.Add(new BatchSentEntry(Time, "s1", "m", ["a-1"], 1));
        state.Add(new BatchSentEntry(Time, "s2", "m", ["b-1"], 2));
        state.Add(new SentEntry(Time, 7, "r", 1, "g", "m", 4));
        (state.InDoubtCost, state.SendCount).Should().Be((7m, 7L));
        state.Add(new BatchEndedEntry(Time, "s1"));
        state.Add(new BatchSentEntry(Time, "s1", "m", ["a-1"], 1));
        state.InDoubtCost.Should().Be(6, "a line that was copied below the end of its batch opens it no more");
        state.Add(new SentEntry(Time, 5, "q", 1, "g", "m", 8));
        state.SendCount.Should().Be(7, "numbers are not counts");
    }

    [Fact]
    public void The_first_readable_reply_answers_and_a_refusal_is_final()
    {
        var state = new JournalState();
        var request = Request("a");
        state.Add(Reply(request, 1, "not JSON") with { Attempt = 2 });
        state.GetNextAttempt(request.Id).Should().Be(3, "attempts are numbers, not counts");
        state.Add(Reply(request, 2, "") with { Text = "ilk" });
        state.Add(Reply(request, 3, "") with { Text = "ikinci" });
        state.FindAnswer(request.Id)!.Text.Should().Be("ilk");
        state.MayRequest(request.Id, 9).Should().BeFalse();

        var refused = Request("b");
        state.Add(
            Received(refused, 4, """{"choices":[{"message":{"refusal":"Hayır."}}],"usage":{"prompt_tokens":9,"completion_tokens":7}}"""u8));
        (state.FindAnswer(refused.Id), state.MayRequest(refused.Id, 9)).Should().Be((null, false));
        var unreadable = Request("c");
        for (var i = 0; i < 3; i++)
        {
            state.MayRequest(unreadable.Id, 3).Should().BeTrue();
            state.Add(Reply(unreadable, 10 + i, "not JSON"));
        }
        state.MayRequest(unreadable.Id, 3).Should().BeFalse();
        state.Spent.Should().Be(6 * 0.2m + 9e-6m + 14e-6m);
    }

    [Fact]
    public void An_error_in_place_of_a_reply_costs_what_it_counts_and_may_be_repeated()
    {
        var state = new JournalState();
        var request = Request("a");
        state.Add(
            Received(request, 1, """{"error":{"message":"no"},"usage":{"prompt_tokens":9,"completion_tokens":7}}"""u8));
        state.Add(Received(request, 2, """{"error":{"message":"no"}}"""u8));
        (state.Spent, state.FailureCount, state.Replies.Count).Should().Be((9e-6m + 14e-6m, 2, 0));
        (state.GetNextAttempt(request.Id), state.MayRequest(request.Id, 1)).Should().Be((1, true));
    }

    [Fact]
    public void Every_kind_of_line_comes_back_as_it_was()
    {
        JournalEntry[] lines =
        [
            new SentEntry(Time, 7, "r", 2, "g", "m", 0.123456m),
            Reply(Request("ğ"), 7, "not JSON: ı"), Received(Request("ğ"), 7, "{\"content\":\"ı\\ud83d\"}"u8),
            Received(Request("ğ"), 7, [0xff, 0xfe, 0x00, 0x41]),
            new FailedEntry(Time, 8, "r", 1, "g", "429", InDoubt: false),
            new FailedEntry(Time, 8, "r", 1, "g", "closed", InDoubt: true) { Partial = RawReply.FromBytes(default, "{\"id"u8) },
            new BatchSentEntry(Time, "s", "m", ["r-1"], 1.5m),
            new BatchCreatedEntry(Time, "s", "batch_1"), new BatchEndedEntry(Time, "s"),
        ];
        foreach (var line in lines)
        {
            var text = JsonText.Serialize(line);
            JsonText.Serialize(JsonText.Deserialize<JournalEntry>(text, "here")).Should().Be(text);
            text.Should().StartWith("{\"kind\":\"");
        }
    }

    [Fact]
    public void A_journal_of_an_older_version_is_read()
    {
        var request = Request("r01/ğ");
        var old = Reply(request, 1, "");
        File.WriteAllLines(
            JournalFile,
            [
                JsonText.Serialize<JournalEntry>(new SentEntry(Time, 1, request.Id, 1, request.Group, "m", 0.5m)),
                JsonText.Serialize<JournalEntry>(old),
            ]);
        using var journal = Journal.Open(JournalFile);
        journal.Query(state => (state.FindAnswer(request.Id), state.Spent)).Should().Be((old, 0.2m));
        journal.Append(Received(Request("b"), 2, """{"choices":[{"message":{"content":"{\"pairs\":[2]}"}}]}"""u8));
        JournalState.Read(JournalFile).FindAnswer(Request("b").Id)!.Text.Should().Be("{\"pairs\":[2]}");
    }

    [Fact]
    public void A_whole_line_without_its_end_counts()
    {
        using (var journal = Journal.Open(JournalFile)) journal.Append(Received(Request("a"), 1, "{\"choices\":[]}"u8));
        File.WriteAllText(JournalFile, File.ReadAllText(JournalFile).TrimEnd('\n'));
        using (var journal = Journal.Open(JournalFile))
        {
            journal.Query(state => state.Replies.Count).Should().Be(1);
            journal.Append(Received(Request("b"), 2, "{\"choices\":[]}"u8));
        }
        JournalState.Read(JournalFile).Replies.Select(reply => reply.Group).Should().Equal("a", "b");
        File.Exists(JournalFile + ".torn").Should().BeFalse();
    }

    [Fact]
    public void A_changed_line_is_refused_unless_the_change_is_on_purpose()
    {
        using (var journal = Journal.Open(JournalFile)) journal.Append(Received(Request("oda"), 1, "{\"choices\":[]}"u8));
        var changed = File.ReadAllText(JournalFile).Replace("\"oda\"", "\"ova\"", StringComparison.Ordinal);
        File.WriteAllText(JournalFile, changed);
        FluentActions
            .Invoking(() => Journal.Open(JournalFile))
            .Should()
            .Throw<InvalidDataException>()
            .WithMessage(
                $"{JournalFile}:1: invalid journal line. *: it does not match its checksum, so it was changed after it was "
                    + "written. To keep a change that was made on purpose, remove ,\"check\":\"*\" at its end.");
        File.WriteAllText(
            JournalFile, System.Text.RegularExpressions.Regex.Replace(changed, ",\"check\":\"[0-9a-f]+\"", ""));
        JournalState.Read(JournalFile).Replies.Single().Group.Should().Be("ova");
    }

    private static ReceivedEntry Received(ModelRequest request, long send, ReadOnlySpan<byte> body)
    {
        var raw = RawReply.FromBytes(ReplyFormat.OpenAI, body);
        return new(
            Time, send, "", request.Id, 1, request.Group, request.Context, request.Model, request.Prompt, raw.Format,
            raw.Encoding, raw.Body, new(1, 2), 0.25m, 1.5);
    }

    private static ModelRequest Request(string group) => new(group, "ctx", "m", "v2-x", "sistem", "kullanıcı", "{}", 100);

    private static RepliedEntry Reply(ModelRequest request, long send, string problem) =>
        new(
            Time, send, request.Id, 1, request.Group, request.Context, request.Model, request.Prompt, "{\"pairs\":[\"ışık\"]}",
            "end_turn", 10, 20, 0.2m, 1.5, problem);
}
