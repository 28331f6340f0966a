using System.Globalization;
using TurkishLlm.Files;
using TurkishLlm.Spec.Data;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Synthesis;
using TurkishLlm.Synthesis.Generation;

namespace TurkishLlm.Spec.Synthesis;

/// <summary>Sends the requests that a journal file leaves to send.</summary>
/// <param name="file">The journal.</param>
/// <param name="c">The requests and the budget.</param>
/// <param name="provider">The service.</param>
public delegate void ContinueGeneration(string file, RestartCase c, IReplyProvider provider);

/// <summary>Generation that is stopped at any line of its journal, and run again.</summary>
public static class RestartSpec
{
    /// <summary>The requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [SYN11_Budget, SYN12_Restart];

    /// <summary>SYN-11.</summary>
    public static readonly Requirement<RestartCase, ContinueGeneration> SYN11_Budget = new()
    {
        Id = "SYN-11",
        Statement = "Stopped at any line of the journal or at any request, and run again, the amount spent and in doubt never "
            + "exceeds the budget, and requests stop only when one more reply could exceed it.",
        Source = "BUG-SYN-07; distilabel #462: predict costs, and a largest budget",
        CanonicalCases = [new(8, 1, 4), new(9, 2, 3)],
        Subject = (_, _) => Continue,
        Holds = (run, c, _) =>
        {
            using var folder = new TemporaryShards();
            var lines = Uninterrupted(c);
            List<Verdict> verdicts = [];
            for (var count = 0; count <= lines.Count; count++)
            {
                var file = Write(folder, lines.Take(count));
                run(file, c, new RecordedService(c, Read(file)));
                verdicts.Add(JudgeBudget(file, c, string.Create(CultureInfo.InvariantCulture, $"after line {count}")));
            }
            // The process ends at its n-th request, is started again, and so on.
            for (var request = 1; request <= 2; request++)
            {
                var file = Write(folder, []);
                for (var start = 0; start < 2 * c.Requests; start++) RunUntilItDies(run, file, c, request);
                verdicts.Add(
                    JudgeBudget(file, c, string.Create(CultureInfo.InvariantCulture, $"always ended at request {request}")));
            }
            return Verdict.All(verdicts);
        },
        Impostors = new()
        {
            ["forgets money in doubt"] = (_, _) => WithBudget((state, _) => state.InDoubtCost),
            ["forgets requests in flight when it stopped"] = (_, _) => WithBudget((state, lines) =>
                state.InDoubtCost - lines.OfType<FailedEntry>().Count(failed => failed.InDoubt) * RestartCase.CostAtMost),
            ["forgets earlier runs"] = (_, _) => WithBudget((state, _) => state.Spent),
            ["counts money in doubt twice"] = (_, _) => WithBudget((state, _) => -state.InDoubtCost),
            ["stops at once"] = (_, _) => (_, _, _) => { },
        },
    };

    /// <summary>SYN-12.</summary>
    public static readonly Requirement<RestartCase, ContinueGeneration> SYN12_Restart = new()
    {
        Id = "SYN-12",
        Statement = "Stopped at any line of the journal and run again, generation sends exactly the requests that have no "
            + "outcome yet, and ends with the replies, costs, attempts and failures of an uninterrupted run; only a request in "
            + "flight is in doubt in addition. Each reply costs what it says, or its maximum.",
        Source = "BUG-SYN-08; easy-dataset #736 (the same text billed three times); distilabel #30",
        CanonicalCases = [new(7, 0, 0), new(8, 5, 0)],
        Subject = (_, _) => Continue,
        Holds = (run, c, _) =>
        {
            using var folder = new TemporaryShards();
            var lines = Uninterrupted(c);
            var expected = Summarize(lines, c);
            List<Verdict> verdicts = [JudgeTotals(lines, c)];
            for (var count = 0; count <= lines.Count; count++)
            {
                var file = Write(folder, lines.Take(count));
                var service = new RecordedService(c, lines.Take(count));
                run(file, c, service);
                var at = string.Create(CultureInfo.InvariantCulture, $"stopped after line {count}");
                var lost = lines.Take(count).LastOrDefault() is SentEntry ? 1 : 0;
                verdicts.Add(Verdict.SameElements(expected, Summarize(Read(file), c, lost), at));
                verdicts.Add(Verdict.Equal(
                    lines.Skip(count).Count(line => RecordedService.FindOutcome(line) is not null), service.Requests,
                    $"requests sent, {at}"));
            }
            return Verdict.All(verdicts);
        },
        Impostors = new()
        {
            ["starts from the beginning"] = (_, _) => WithLines(_ => []),
            ["forgets the last line"] = (_, _) => WithLines(lines => lines.SkipLast(1)),
            ["forgets unreadable replies"] = (_, _) => WithLines(lines => lines.Where(line =>
                line is not ReceivedEntry reply || ReplyInterpreter.Interpret(reply).Reply.IsReadable)),
            ["forgets requests without an outcome"] = (_, _) => WithLines(lines => lines.SkipLast(
                lines is [.., SentEntry] ? 1 : 0)),
            ["a lost reply is sent as a new attempt"] = (_, _) => WithLines(lines => lines is [.., SentEntry sent]
                ? [
                    .. lines,
                    new RepliedEntry(
                        sent.At, sent.Send, sent.Request, sent.Attempt, sent.Group, "", "", "", "", "", 0, 0, 0, 0, "lost"),
                ]
                : lines),
            ["counts every reply twice"] = (_, _) => (file, c, provider) =>
            {
                Continue(file, c, provider);
                var lines = Read(file);
                WriteFile(
                    file,
                    [.. lines, .. lines.OfType<ReceivedEntry>().Select(reply => reply with { Send = reply.Send + 1000 })]);
            },
        },
    };

    private static void Continue(string file, RestartCase c, IReplyProvider provider) =>
        Continue(file, c, provider, c.BudgetInDollars);

    private static void Continue(string file, RestartCase c, IReplyProvider provider, decimal? budget)
    {
        using var journal = Journal.Open(file);
        var options = new GenerationOptions(RestartCase.Price)
        {
            Concurrency = 1, Budget = budget, InitialBackoff = TimeSpan.Zero,
        };
        new ReplyGenerator(journal, provider, options, new StoppedClock()).RunAsync(c.All, null, CancellationToken.None)
            .GetAwaiter().GetResult();
    }

    private static IReadOnlyList<JournalEntry> Uninterrupted(RestartCase c)
    {
        using var folder = new TemporaryShards();
        Continue(folder["journal.jsonl"], c, new RecordedService(c, []));
        return Read(folder["journal.jsonl"]);
    }

    private static void RunUntilItDies(ContinueGeneration run, string file, RestartCase c, int request)
    {
        try
        {
            run(file, c, new RecordedService(c, Read(file)) { DiesAfter = request });
        }
        catch (RecordedService.ProcessEndedException)
        {
            // The journal is all that is left of this process.
        }
    }

    private static Verdict JudgeTotals(IReadOnlyList<JournalEntry> lines, RestartCase c)
    {
        var state = new JournalState();
        foreach (var line in lines) state.Add(line);
        return Verdict.Equal(
            c.Expected, (lines.OfType<SentEntry>().Count(), state.InDoubtSends.Count, state.Spent),
            "requests, replies in doubt and dollars without an interruption");
    }

    // The journal is judged as it is after each line, while requests are in flight.
    private static Verdict JudgeBudget(string file, RestartCase c, string at)
    {
        var state = new JournalState();
        var most = 0m;
        foreach (var line in Read(file))
        {
            state.Add(line);
            most = Math.Max(most, state.Spent + state.InDoubtCost);
        }
        var last = state.Spent + state.InDoubtCost;
        return Verdict.All(
            Verdict.AtMost(c.BudgetInDollars!.Value, most, $"dollars spent and in doubt, {at}"),
            Verdict.That(
                last + RestartCase.CostAtMost > c.BudgetInDollars || c.All.All(request => !state.MayRequest(request.Id, 3)),
                FormattableString.Invariant($"{last} dollars of {c.BudgetInDollars} when requests stop, {at}")));
    }

    // Everything that a journal says, except the numbers of sends, which count lost ones too.
    private static string[] Summarize(IEnumerable<JournalEntry> lines, RestartCase c, int lost = 0)
    {
        var state = new JournalState();
        foreach (var line in lines) state.Add(line);
        return
        [
            .. state.Replies.Select(reply => JsonText.Serialize(reply with { Send = 0 })),
            .. c.All.Select(request => string.Create(
                CultureInfo.InvariantCulture,
                $"{request.Id} {state.FindAnswer(request.Id)?.Text} {state.FindProblem(request.Id)} "
                    + $"{state.GetNextAttempt(request.Id)} {state.MayRequest(request.Id, 3)}")),
            string.Create(
                CultureInfo.InvariantCulture,
                $"{state.Spent} spent, {state.InDoubtCost - lost * RestartCase.CostAtMost} in doubt in "
                    + $"{state.InDoubtSends.Count - lost} of {state.SendCount - lost} sends, {state.FailureCount} failures, "
                    + $"{state.RepliesWithoutUsage} without usage"),
        ];
    }

    private static string Write(TemporaryShards folder, IEnumerable<JournalEntry> lines)
    {
        var number = Directory.GetFiles(folder.Directory, "*.jsonl").Length;
        var file = folder[string.Create(CultureInfo.InvariantCulture, $"{number}.jsonl")];
        WriteFile(file, lines);
        return file;
    }

    private static void WriteFile(string file, IEnumerable<JournalEntry> lines) =>
        File.WriteAllText(file, string.Concat(lines.Select(line => JsonText.Serialize(line) + "\n")));

    private static IReadOnlyList<JournalEntry> Read(string file) =>
        !File.Exists(file) ? []
            : [.. TextFile.ReadLines(file).Select(line => JsonText.Deserialize<JournalEntry>(WithoutChecksum(line), file))];

    private static string WithoutChecksum(string line) =>
        line.LastIndexOf(",\"check\":\"", StringComparison.Ordinal) is >= 0 and var at ? line[..at] + "}" : line;

    private static ContinueGeneration WithBudget(Func<JournalState, IReadOnlyList<JournalEntry>, decimal> more) =>
        (file, c, provider) => Continue(file, c, provider, c.BudgetInDollars + more(JournalState.Read(file), Read(file)));

    private static ContinueGeneration WithLines(Func<IReadOnlyList<JournalEntry>, IEnumerable<JournalEntry>> change) =>
        (file, c, provider) =>
        {
            WriteFile(file, [.. change(Read(file))]);
            Continue(file, c, provider);
        };

    /// <summary>A clock that stands still, so that two runs write the same lines.</summary>
    private sealed class StoppedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch;

        public override long GetTimestamp() => 0;
    }
}
