using System.Collections.Concurrent;
using TurkishLlm.Synthesis.Generation;

namespace TurkishLlm.Spec.Synthesis;

/// <summary>Answers the requests of a case, after the replies that a journal already has.</summary>
/// <param name="c">The requests and the service.</param>
/// <param name="journal">The lines of the journal that exist at the first request.</param>
internal sealed class RecordedService(RestartCase c, IEnumerable<JournalEntry> journal) : IReplyProvider
{
    private readonly ConcurrentDictionary<(string Request, int Attempt), int> _visits = new(
        journal.Select(FindOutcome).OfType<(string, int)>().CountBy(outcome => outcome));

    /// <summary>Number of requests that the service received.</summary>
    public int Requests { get; private set; }

    /// <summary>The request after which the process ends; 0 if it does not end.</summary>
    public int DiesAfter { get; init; }

    public async Task<RawReply> GetReplyAsync(ModelRequest request, int attempt, CancellationToken cancellationToken)
    {
        await Task.Yield();
        Requests++;
        if (Requests == DiesAfter) throw new ProcessEndedException();
        var visit = _visits.AddOrUpdate((request.Id, attempt), 1, (_, visits) => visits + 1) - 1;
        return c.Serve(request, attempt, visit);
    }

    /// <summary>Returns the request and the attempt that a line ends; null for other lines.</summary>
    public static (string Request, int Attempt)? FindOutcome(JournalEntry entry) => entry switch
    {
        ReceivedEntry received => (received.Request, received.Attempt),
        FailedEntry failed => (failed.Request, failed.Attempt),
        _ => null,
    };

    /// <summary>Represents the end of the process while a request is in flight.</summary>
    public sealed class ProcessEndedException : Exception;
}
