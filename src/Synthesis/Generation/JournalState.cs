using TurkishLlm.Files;


namespace TurkishLlm.Synthesis.Generation;

/// <summary>The state that results from a journal: requests, replies and costs.</summary>
/// <remarks>Spec: SYN-04.</remarks>
public sealed class JournalState
{
    private readonly Dictionary<string, RepliedEntry> _answers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _attempts = new(StringComparer.Ordinal);
    private readonly Dictionary<long, SentEntry> _open = [];
    private readonly List<SentEntry> _doubts = [];
    private readonly List<RepliedEntry> _replies = [];
    private readonly Dictionary<string, BatchSentEntry> _batches = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _batchNames = new(StringComparer.Ordinal);

    /// <summary>All replies, including unreadable ones, in the order of arrival.</summary>
    public IReadOnlyList<RepliedEntry> Replies => _replies;

    /// <summary>Total cost of the replies in dollars.</summary>
    public decimal Spent { get; private set; }

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
    public int GetNextAttempt(string request) => _attempts.GetValueOrDefault(request) + 1;

    /// <summary>Reads a journal file; the state is empty if it does not exist. Another process may be writing the file.</summary>
    /// <exception cref="InvalidDataException">A line is invalid; the message gives its number.</exception>
    public static JournalState Read(string file)
    {
        var state = new JournalState();
        if (!File.Exists(file)) return state;
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var text = TextFile.ReadAllText(stream, file);
        var number = 0;
        // Text after the last line end is an incomplete line.
        foreach (var line in text.Split('\n')[..^1])
            state.Add(
                JsonText.Deserialize<JournalEntry>(
                    line,
                    FormattableString.Invariant($"{file}:{++number}: invalid journal line. The journal contains paid ")
                        + "replies, so it is never repaired automatically; fix or remove the line"));
        return state;
    }

    /// <summary>Applies another entry.</summary>
    public void Add(JournalEntry entry)
    {
        switch (entry)
        {
            case SentEntry sent:
                SendCount = Math.Max(SendCount, sent.Send);
                _open[sent.Send] = sent;
                break;
            case RepliedEntry reply:
                _open.Remove(reply.Send);
                // A batch without an end entry is read again; the same reply counts once.
                if (reply.Send == 0 && _replies.Exists(other => other.Request == reply.Request && other.Attempt == reply.Attempt))
                    break;
                _replies.Add(reply);
                Spent += reply.Cost;
                if (reply.IsReadable) _answers.TryAdd(reply.Request, reply);
                else _attempts[reply.Request] = Math.Max(reply.Attempt, _attempts.GetValueOrDefault(reply.Request));
                break;
            case FailedEntry failed:
                FailureCount++;
                if (_open.Remove(failed.Send, out var doubtful) && failed.InDoubt) _doubts.Add(doubtful);
                break;
            case BatchSentEntry batch: _batches[batch.Submission] = batch; break;
            case BatchCreatedEntry made: _batchNames[made.Submission] = made.Batch; break;
            case BatchEndedEntry ended: _batches.Remove(ended.Submission); break;
            default: throw new ArgumentOutOfRangeException(nameof(entry));
        }
    }
}
