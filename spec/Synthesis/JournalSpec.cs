using System.Collections.Concurrent;
using System.Globalization;
using TurkishLlm.Spec.Data;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Synthesis;
using TurkishLlm.Synthesis.Generation;

namespace TurkishLlm.Spec.Synthesis;

/// <summary>Lists the requests that a journal leaves to send.</summary>
public delegate IReadOnlyList<(string Request, int Attempt)> ListPendingRequests(
    IReadOnlyList<JournalEntry> journal, IReadOnlyList<ModelRequest> requests);

/// <summary>No reply is lost or paid for twice, and the budget is never exceeded.</summary>
public static class JournalSpec
{
    private static readonly ModelPrice Price = new(0, 1000);      // a dollar per thousand output tokens

    /// <summary>The requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [SYN04_Journal, SYN06_Budget];

    /// <summary>Returns the requests that a journal leaves to send.</summary>
    public static readonly Requirement<JournalCase, ListPendingRequests> SYN04_Journal = new()
    {
        Id = "SYN-04",
        Statement = "A request with a readable reply is not sent again; every other request is, after an unreadable reply as a "
            + "new attempt, and after a lost or damaged reply as the same attempt.",
        Source = "easy-dataset #736 (the same text billed three times) and #223 (writes that overwrote the data set); distilabel "
            + "#30",
        CanonicalCases = [new(1, 3), new(4, 17), new(9, 5)],
        Subject = (_, _) =>
            (lines, requests) =>
                NextRequests(lines, requests, (state, request) =>
                    state.FindAnswer(request.Id) is null ? state.GetNextAttempt(request.Id) : null),
        Holds = (next, c, _) => Verdict.SameElements(c.Expected, next(c.Entries(), c.Requests), "request and attempt"),
        Impostors = new()
        {
            ["any reply counts for all requests of its group"] = (_, _) =>
                (lines, requests) =>
                    NextRequests(lines, requests, (state, request) =>
                        state.Replies.Any(reply => reply.Group == request.Group && reply.IsReadable)
                            ? null
                            : state.GetNextAttempt(request.Id)),
            ["an unreadable reply counts as an answer"] = (_, _) =>
                (lines, requests) =>
                    NextRequests(lines, requests, (state, request) =>
                        state.Replies.Any(reply => reply.Request == request.Id) ? null : 1),
            ["an unreadable reply is requested again under the same key"] = (_, _) => (lines, requests) =>
                NextRequests(lines, requests, (state, request) => state.FindAnswer(request.Id) is null ? 1 : null),
            ["a damaged reply is requested again under a new key"] = (_, _) =>
                (lines, requests) =>
                    NextRequests(lines, requests, (state, request) =>
                        state.FindAnswer(request.Id) is null
                            ? state.Replies.Count(reply => reply.Request == request.Id) + 1
                            : null),
            ["a damaged reply is not requested again"] = (_, _) =>
                (lines, requests) =>
                    NextRequests(lines, requests, (state, request) =>
                        state.FindAnswer(request.Id) is not null
                        || lines.OfType<ReceivedEntry>().Any(reply => reply.Request == request.Id && !reply.Body.EndsWith('}'))
                            ? null
                            : state.GetNextAttempt(request.Id)),
            ["a request that was sent counts as answered"] = (_, _) =>
                (lines, requests) =>
                    NextRequests([.. lines], requests, (state, request) =>
                        lines.OfType<SentEntry>().Any(sent => sent.Request == request.Id) ? null : 1),
            ["a failed request is not sent again"] = (_, _) =>
                (lines, requests) =>
                    NextRequests(lines, requests, (state, request) =>
                        state.FindAnswer(request.Id) is not null
                        || lines.OfType<FailedEntry>().Any(failed => failed.Request == request.Id)
                            ? null
                            : state.GetNextAttempt(request.Id)),
            ["a lost reply is requested again under a new key"] = (_, _) =>
                (lines, requests) =>
                    NextRequests(lines, requests, (state, request) =>
                        state.FindAnswer(request.Id) is null
                            ? lines.OfType<SentEntry>().Count(sent => sent.Request == request.Id) + 1
                            : null),
            ["starts from the beginning"] = (_, _) => (_, requests) => [.. requests.Select(request => (request.Id, 1)).Order()],
        },
    };

    /// <summary>Sends requests under a budget; returns the amount spent and the number of replies.</summary>
    public static readonly Requirement<BudgetCase, Func<(decimal Spent, int Replies)>> SYN06_Budget = new()
    {
        Id = "SYN-06",
        Statement = "Regardless of the cost of replies and the number of requests in flight, spending never exceeds the "
            + "budget, including "
            + "earlier runs, and requests stop only when one more reply could exceed it.",
        Source = "distilabel #462: predict costs, and a largest budget",
        CanonicalCases = [new(30, 4, 10, 2.5m, 1000), new(25, 8, 7.5m, 1.25m, 700), new(40, 3, 5, 4, 100)],
        Subject = (c, _) => () => Generate(c),
        Holds = (generate, c, _) =>
        {
            var (spent, replies) = generate();
            return Verdict.All(
                Verdict.AtMost(c.Budget, spent, "dollars spent"),
                Verdict.That(
                    replies == c.Requests || spent + Price.ComputeCost(0, BudgetCase.MaxOutputTokens) > c.Budget,
                    FormattableString.Invariant($"{replies} of {c.Requests} replies for {spent} dollars of {c.Budget}")),
                Verdict.Equal(c.SpentBefore + replies * Price.ComputeCost(0, c.OutputTokens), spent, "dollars"));
        },
        Impostors = new()
        {
            ["checks the budget after spending"] = WithStopRule((c, spent, _) => spent < c.Budget + Price.ComputeCost(0, 1)),
            ["forgets earlier runs"] = WithStopRule((c, spent, cost) => spent - c.SpentBefore + cost <= c.Budget),
            ["does not count requests in flight"] = WithStopRule(
                (c, spent, cost) => spent - c.Concurrency * cost + cost <= c.Budget),
            ["stops at once"] = WithStopRule((_, _, _) => false),
        },
    };

    private static IReadOnlyList<(string, int)> NextRequests(
        IReadOnlyList<JournalEntry> lines, IReadOnlyList<ModelRequest> requests, Func<JournalState, ModelRequest, int?> attempt)
    {
        var state = new JournalState();
        // Writes each line to the file and reads it back, as between two runs.
        foreach (var line in lines) state.Add(JsonText.Deserialize<JournalEntry>(JsonText.Serialize(line), "journal"));
        return
        [
            .. requests
                .Select(request => (request.Id, Attempt: attempt(state, request)))
                .Where(next => next.Attempt is not null)
                .Select(next => (next.Id, next.Attempt!.Value))
                .Order(),
        ];
    }

    private static (decimal Spent, int Replies) Generate(BudgetCase c)
    {
        using var folder = new TemporaryShards();
        using var journal = Journal.Open(folder["journal.jsonl"]);
        var earlier = new ModelRequest("önce", "", "model", "v2", "", "önce", "", BudgetCase.MaxOutputTokens);
        var send = journal.RecordSend(DateTimeOffset.UnixEpoch, earlier, 1, c.SpentBefore);
        journal.Append(
            new RepliedEntry(
                DateTimeOffset.UnixEpoch, send, earlier.Id, 1, earlier.Group, "", "model", "v2", "", "", 0, 0, c.SpentBefore, 0,
                ""));

        var asked = Enumerable
            .Range(0, c.Requests)
            .Select(i => new ModelRequest(
                string.Create(CultureInfo.InvariantCulture, $"g{i}"), "", "model", "v2", "", "", "", BudgetCase.MaxOutputTokens))
            .ToArray();
        var provider = new FixedReplyProvider(c.OutputTokens);
        var generator = new ReplyGenerator(
            journal, provider,
            new(Price) { Concurrency = c.Concurrency, Budget = c.Budget },
            TimeProvider.System);
        generator.RunAsync(asked, null, CancellationToken.None).GetAwaiter().GetResult();
        return (journal.Query(state => state.Spent), provider.RequestIds.Count);
    }

    private static Func<BudgetCase, Conditions, Func<(decimal Spent, int Replies)>> WithStopRule(
        Func<BudgetCase, decimal, decimal, bool> goesOn) =>
        (c, _) => () =>
        {
            var (spent, replies, cost) = (c.SpentBefore, 0, Price.ComputeCost(0, c.OutputTokens));
            while (replies < c.Requests && goesOn(c, spent, cost)) (spent, replies) = (spent + cost, replies + 1);
            return (spent, replies);
        };

    /// <summary>Answers with N tokens.</summary>
    private sealed class FixedReplyProvider(int output) : IReplyProvider
    {
        public ConcurrentBag<string> RequestIds { get; } = [];

        public async Task<RawReply> GetReplyAsync(ModelRequest request, int attempt, CancellationToken cancellationToken)
        {
            await Task.Yield();
            RequestIds.Add(request.Id);
            return RawReply.FromRecorded(new(request.Group, attempt, "{\"pairs\":[1]}", 0, output));
        }
    }
}
