using System.Globalization;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>The state that results from a journal: requests, replies and costs.</summary>
/// <remarks>Spec: SYN-04, SYN-11, SYN-12.</remarks>
public sealed class JournalState
{
    private readonly Dictionary<string, RepliedEntry> _answers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _attempts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _replyCounts = new(StringComparer.Ordinal);
    private readonly HashSet<string> _refused = new(StringComparer.Ordinal);
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly HashSet<(long Send, string Request)> _sent = [];
    private readonly Dictionary<long, SentEntry> _open = [];
    private readonly List<SentEntry> _doubts = [];
    private readonly List<RepliedEntry> _replies = [];
    private readonly Dictionary<string, BatchSentEntry> _batches = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _batchNames = new(StringComparer.Ordinal);
    private readonly HashSet<string> _endedBatches = new(StringComparer.Ordinal);

    /// <summary>All replies, including unreadable ones, in the order of arrival.</summary>
    public IReadOnlyList<RepliedEntry> Replies => _replies;

    /// <summary>Total cost of the replies in dollars.</summary>
    public decimal Spent { get; private set; }

    /// <summary>Number of replies without token counts. Their cost is counted with its maximum.</summary>
    public int RepliesWithoutUsage { get; private set; }

    /// <summary>Sends with unknown outcome and charge, because the process ended or the connection broke.</summary>
    public IReadOnlyList<SentEntry> InDoubtSends => [.. _doubts, .. _open.Values];

    /// <summary>Maximum cost of sends in doubt and of open batches, in dollars.</summary>
    public decimal InDoubtCost => InDoubtSends.Sum(sent => sent.CostAtMost) + _batches.Values.Sum(batch => batch.CostAtMost);

    /// <summary>Number of sends so far.</summary>
    public long SendCount { get; private set; }

    /// <summary>Number of failures; a request that failed several times counts several times.</summary>
    public int FailureCount { get; private set; }

    /// <summary>Batches with missing results, with the service's name if the submission is known to have succeeded.</summary>
    public IReadOnlyList<(BatchSentEntry Sent, string? Name)> OpenBatches =>
        [.. _batches.Values.Select(batch => (batch, _batchNames.GetValueOrDefault(batch.Submission)))];

    /// <summary>Returns the readable reply to a request, or null.</summary>
    public RepliedEntry? FindAnswer(string request) => _answers.GetValueOrDefault(request);

    /// <summary>Returns the number of the next attempt: the number of unreadable replies plus one.</summary>
    /// <remarks>A damaged reply is requested again as the same attempt: the service may still have it.</remarks>
    public int GetNextAttempt(string request) => _attempts.GetValueOrDefault(request) + 1;

    /// <summary>Returns true if another reply may be requested, and paid.</summary>
    /// <param name="request">Id of the request.</param>
    /// <param name="maxReplies">Maximum number of replies per request, damaged and unreadable ones included.</param>
    public bool MayRequest(string request, int maxReplies) =>
        !_answers.ContainsKey(request) && !_refused.Contains(request) && _replyCounts.GetValueOrDefault(request) < maxReplies;

    /// <summary>Returns why the last reply to a request is unreadable; empty if no reply is.</summary>
    public string FindProblem(string request) =>
        _replies.LastOrDefault(reply => reply.Request == request && !reply.IsReadable)?.Problem ?? "";

    /// <summary>Returns true if the journal has this result of a batch.</summary>
    public bool HasResult(ReceivedEntry result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return _seen.Contains(GetKey(result))
            // Older journals do not name the batch.
            || result.Batch.Length > 0 && _seen.Contains(GetKey(0, "", result.Request, result.Attempt));
    }

    /// <summary>Reads a journal file; the state is empty if it does not exist. Another process may be writing the file.</summary>
    /// <exception cref="InvalidDataException">A line is invalid; the message gives its number.</exception>
    public static JournalState Read(string file)
    {
        var state = new JournalState();
        if (!File.Exists(file)) return state;
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        var rest = copy.GetBuffer().AsSpan(0, (int)copy.Length);
        var number = 0;
        // Text after the last line end is an incomplete line.
        while (rest.IndexOf((byte)'\n') is >= 0 and var end)
        {
            state.Add(JournalLine.Read(rest[..end], string.Create(CultureInfo.InvariantCulture, $"{file}:{++number}")));
            rest = rest[(end + 1)..];
        }
        return state;
    }

    /// <summary>Applies another entry. An entry that the journal already has changes nothing.</summary>
    public void Add(JournalEntry entry)
    {
        switch (entry)
        {
            case SentEntry sent:
                SendCount = Math.Max(SendCount, sent.Send);
                if (_sent.Add((sent.Send, sent.Request))) _open[sent.Send] = sent;
                break;
            case ReceivedEntry received:
                _open.Remove(received.Send);
                if (!HasResult(received)) Add(received);
                break;
            case RepliedEntry reply:
                _open.Remove(reply.Send);
                if (_seen.Add(GetKey(reply.Send, "", reply.Request, reply.Attempt))) AddReply(reply, ReplyKind.Reply);
                break;
            case FailedEntry failed:
                FailureCount++;
                if (_open.Remove(failed.Send, out var doubtful) && failed.InDoubt) _doubts.Add(doubtful);
                break;
            case BatchSentEntry batch:
                if (!_endedBatches.Contains(batch.Submission)) _batches[batch.Submission] = batch;
                break;
            case BatchCreatedEntry made: _batchNames[made.Submission] = made.Batch; break;
            case BatchEndedEntry ended:
                _batches.Remove(ended.Submission);
                _endedBatches.Add(ended.Submission);
                break;
            default: throw new ArgumentOutOfRangeException(nameof(entry));
        }
    }

    private void Add(ReceivedEntry received)
    {
        _seen.Add(GetKey(received));
        var reply = ReplyInterpreter.Interpret(received);
        if (reply.Kind == ReplyKind.Error)
        {
            FailureCount++;
            Spent += reply.Reply.Cost;
            return;
        }
        if (!reply.HasUsage) RepliesWithoutUsage++;
        AddReply(reply.Reply, reply.Kind);
    }

    private void AddReply(RepliedEntry reply, ReplyKind kind)
    {
        _replies.Add(reply);
        Spent += reply.Cost;
        _replyCounts[reply.Request] = _replyCounts.GetValueOrDefault(reply.Request) + 1;
        if (reply.IsReadable) _answers.TryAdd(reply.Request, reply);
        else if (kind != ReplyKind.Damaged)
            _attempts[reply.Request] = Math.Max(reply.Attempt, _attempts.GetValueOrDefault(reply.Request));
        if (kind == ReplyKind.Refusal) _refused.Add(reply.Request);
    }

    private static string GetKey(ReceivedEntry received) =>
        // A result that names no request is identified by its text.
        GetKey(
            received.Send, received.Batch,
            received.Request.Length > 0 ? received.Request : ModelRequest.ComputeHash(received.Body), received.Attempt);

    private static string GetKey(long send, string batch, string request, int attempt) =>
        string.Create(CultureInfo.InvariantCulture, $"{send}\0{batch}\0{request}\0{attempt}");
}
