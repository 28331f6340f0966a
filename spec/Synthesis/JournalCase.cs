using System.Globalization;
using TurkishLlm.Synthesis.Generation;

namespace TurkishLlm.Spec.Synthesis;

/// <summary>
/// Requests with every state in a journal: answered, answered unreadably, failed, sent without a reply, sent with an older
/// prompt, answered with a damaged reply, and unknown.
/// </summary>
/// <param name="CountPerKind">How many of each kind.</param>
/// <param name="Seed">Mixes the lines of the journal.</param>
public sealed record JournalCase(int CountPerKind, int Seed)
{
    private static readonly DateTimeOffset Time = new(2026, 1, 5, 8, 0, 0, TimeSpan.Zero);

    internal const int Kinds = 7;

    /// <summary>The requests; the kind of the i-th is i % <see cref="Kinds"/>.</summary>
    internal IReadOnlyList<ModelRequest> Requests =>
        [
            .. Enumerable
                .Range(0, CountPerKind * Kinds)
                .Select(i => new ModelRequest(
                    string.Create(CultureInfo.InvariantCulture, $"r01/ğ{i}"), "bağlam", "model", "v2", "yönerge",
                    string.Create(CultureInfo.InvariantCulture, $"soru {i}"), "{}", 100)),
        ];

    /// <summary>Returns the requests to send with their attempts, sorted by request.</summary>
    internal IReadOnlyList<(string Request, int Attempt)> Expected =>
        [
            .. Requests
                .Select((request, i) => (request.Id, Kind: i % Kinds))
                .Where(request => request.Kind != 0)
                .Select(request => (request.Id, request.Kind == 1 ? 2 : 1))
                .Order(),
        ];

    internal IReadOnlyList<JournalEntry> Entries()
    {
        var random = new Random(Seed);
        List<List<JournalEntry>> threads = [];
        foreach (var (request, i) in Requests.Select((request, i) => (request, i)))
        {
            var send = i + 1L;
            var older = request with { User = "eski " + request.User };
            threads.Add((i % Kinds) switch
            {
                0 => [Sent(request, send), Received(request, send, "{\"pairs\":[1]}")],
                1 => [Sent(request, send), Received(request, send, "yanıt ğ")],
                2 => [Sent(request, send), new FailedEntry(Time, send, request.Id, 1, request.Group, "closed", InDoubt: true)],
                3 => [Sent(request, send)],
                4 => [Sent(older, send), Received(older, send, "{\"pairs\":[1]}")],
                5 => [Sent(request, send), Cut(Received(request, send, "{\"pairs\":[1]}"))],
                _ => [],
            });
        }
        // Lines of several requests are interleaved; those of each request stay in order.
        List<JournalEntry> lines = [];
        while (threads.RemoveAll(thread => thread.Count == 0) >= 0 && threads.Count > 0)
        {
            var thread = threads[random.Next(threads.Count)];
            lines.Add(thread[0]);
            thread.RemoveAt(0);
        }
        return lines;
    }

    private static SentEntry Sent(ModelRequest request, long send) =>
        new(Time, send, request.Id, 1, request.Group, request.Model, 0.5m);

    private static ReceivedEntry Received(ModelRequest request, long send, string text)
    {
        var reply = RawReply.FromRecorded(new(request.Group, 1, text, 10, 20));
        return new(
            Time, send, "", request.Id, 1, request.Group, request.Context, request.Model, request.Prompt, reply.Format,
            reply.Encoding, reply.Body, new(0, 12_500), 0.5m, 1);
    }

    private static ReceivedEntry Cut(ReceivedEntry reply) => reply with { Body = reply.Body[..(reply.Body.Length / 2)] };
}
