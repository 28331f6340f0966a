using TurkishLlm.Synthesis.Files;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>What a journal says: who was asked what, what was answered, what it cost.</summary>
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

    /// <summary>All replies, the unreadable ones too, in the order in which they came.</summary>
    public IReadOnlyList<RepliedEntry> Replies => _replies;

    /// <summary>What the replies cost, in dollars.</summary>
    public decimal Spent { get; private set; }

    /// <summary>Sendings of which it is not known whether they were answered and are to be paid: the process ended, or the connection broke.</summary>
    public IReadOnlyList<SentEntry> InDoubtSends => [.. _doubts, .. _open.Values];

    /// <summary>What the doubtful sendings and the open batches can cost at most, in dollars.</summary>
    public decimal InDoubtCost => InDoubtSends.Sum(sent => sent.CostAtMost) + _batches.Values.Sum(batch => batch.CostAtMost);

    /// <summary>Sendings so far.</summary>
    public long SendCount { get; private set; }

    /// <summary>Requests that failed, each as often as it did.</summary>
    public int FailureCount { get; private set; }

    /// <summary>Batches whose replies are not all here, with the service's name for those that it is known to have.</summary>
    public IReadOnlyList<(BatchSentEntry Sent, string? Name)> OpenBatches => [.. _batches.Values.Select(batch => (batch, _batchNames.GetValueOrDefault(batch.Submission)))];

    /// <summary>The readable reply to a request; null where there is none.</summary>
    public RepliedEntry? FindAnswer(string request) => _answers.GetValueOrDefault(request);

    /// <summary>The number of the attempt that is next: one more than there are unreadable replies.</summary>
    public int GetNextAttempt(string request) => _attempts.GetValueOrDefault(request) + 1;

    /// <summary>What a journal file says; nothing where there is none. The file may be written to meanwhile.</summary>
    /// <exception cref="InvalidDataException">A line is no line of a journal; says which.</exception>
    public static JournalState Read(string file)
    {
        var state = new JournalState();
        if (!File.Exists(file)) return state;
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        var text = reader.ReadToEnd();
        var number = 0;
        // What stands behind the last line end was never finished.
        foreach (var line in text.Split('\n')[..^1])
            state.Add(JsonText.Deserialize<JournalEntry>(line, FormattableString.Invariant($"{file}:{++number}: no line of a journal. It holds paid replies, so it is not mended by guessing; remove or mend the line")));
        return state;
    }

    /// <summary>Takes in one more line.</summary>
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
                // A batch whose end was not written is read again: the same reply counts once.
                if (reply.Send == 0 && _replies.Exists(other => other.Request == reply.Request && other.Attempt == reply.Attempt)) break;
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
