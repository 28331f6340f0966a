using System.Globalization;

namespace TurkishLlm.Synthesis;

/// <summary>
/// Asks through batches. The journal knows of a batch before the service does, so a kill at any moment neither loses one nor hands
/// it in twice: a batch of which the outcome is unknown is looked for among the service's batches first.
/// </summary>
/// <param name="journal">Knows what was answered, and takes the rest.</param>
/// <param name="provider">Takes batches.</param>
/// <param name="options">How to ask; the price is that of single requests, of which batches cost half.</param>
/// <param name="problemOf">Says why a reply cannot be read; empty when it can.</param>
/// <param name="time">The clock.</param>
public sealed class BatchGenerator(Journal journal, IBatchProvider provider, GenerationOptions options, Func<ModelRequest, string, string> problemOf, TimeProvider time)
{
    private const int MostRequests = 10_000;

    private readonly Dictionary<string, (int Count, string Error)> _failures = new(StringComparer.Ordinal);

    /// <summary>Asks, and waits for the batches; stopped and run again it goes on waiting.</summary>
    /// <param name="requests">What to ask; a request that is answered in the journal is not sent.</param>
    /// <param name="progress">Is told after every batch.</param>
    /// <param name="cancel">Stops waiting. The batches go on.</param>
    /// <exception cref="ProviderException">The service refuses, or does not answer any more.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was set.</exception>
    public async Task<GenerationResult> RunAsync(IReadOnlyList<ModelRequest> requests, IProgress<GenerationProgress>? progress, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(requests);
        var before = requests.Count(IsAnswered);
        var unsent = 0;
        while (true)
        {
            await FinishAsync(requests, progress, cancel);
            var open = requests.Where(request => !IsAnswered(request) && NextAttempt(request) <= options.Attempts && Failures(request) < options.Attempts).ToArray();
            var next = Affordable([.. open.Take(MostRequests)]);
            unsent = open.Length;
            if (next.Length == 0) break;
            await SubmitAsync(next, cancel);
        }
        var unreadable = requests.Count(request => !IsAnswered(request) && NextAttempt(request) > options.Attempts);
        var answered = requests.Count(IsAnswered) - before;
        return new(before, answered, unreadable, requests.Count - before - answered - unreadable - unsent, unsent, FirstFailure());

        string FirstFailure() => requests.Where(request => !IsAnswered(request) && Failures(request) > 0).Select(request => _failures[request.Id].Error).FirstOrDefault() ?? "";
    }

    private bool IsAnswered(ModelRequest request) => journal.See(state => state.AnswerTo(request.Id)) is not null;

    private int NextAttempt(ModelRequest request) => journal.See(state => state.NextAttempt(request.Id));

    private int Failures(ModelRequest request) => _failures.GetValueOrDefault(request.Id).Count;

    private ModelRequest[] Affordable(ModelRequest[] requests)
    {
        if (options.Budget is not { } limit) return requests;
        var left = limit - journal.See(state => state.Spent + state.DoubtfulCost);
        return [.. requests.TakeWhile(request => (left -= options.Price.Half.AtMost(request)) >= 0)];
    }

    private async Task SubmitAsync(ModelRequest[] requests, CancellationToken cancel)
    {
        var byKey = requests.ToDictionary(request => request.Key(NextAttempt(request)), StringComparer.Ordinal);
        var at = time.GetUtcNow();
        var submission = ModelRequest.Hash(string.Join('\n', byKey.Keys) + at.ToString("O", CultureInfo.InvariantCulture));
        journal.Add(new BatchSentEntry(at, submission, requests[0].Model, [.. byKey.Keys], requests.Sum(options.Price.Half.AtMost)));
        string batch;
        try
        {
            batch = await provider.SubmitAsync(submission, byKey, cancel);
        }
        catch (ProviderException failure) when (!failure.InDoubt)
        {
            journal.Add(new BatchEndedEntry(time.GetUtcNow(), submission));
            throw;
        }
        journal.Add(new BatchMadeEntry(time.GetUtcNow(), submission, batch));
    }

    private async Task FinishAsync(IReadOnlyList<ModelRequest> requests, IProgress<GenerationProgress>? progress, CancellationToken cancel)
    {
        var byId = requests.ToDictionary(request => request.Id, StringComparer.Ordinal);
        foreach (var (sent, name) in journal.See(state => state.OpenBatches))
        {
            var known = journal.See(state => state.OpenBatches.Select(batch => batch.Name).OfType<string>().ToArray());
            var batch = name ?? await AgainAsync(() => provider.FindAsync(sent, known, cancel), cancel);
            if (batch is null)
            {
                journal.Add(new BatchEndedEntry(time.GetUtcNow(), sent.Submission));
                continue;
            }
            if (name is null) journal.Add(new BatchMadeEntry(time.GetUtcNow(), sent.Submission, batch));
            while (!await AgainAsync(() => provider.IsEndedAsync(batch, cancel), cancel)) await Task.Delay(options.Poll, time, cancel);
            await AgainAsync(async () => await ReadAsync(batch, byId, cancel), cancel);
            journal.Add(new BatchEndedEntry(time.GetUtcNow(), sent.Submission));
            progress?.Report(new(requests.Count(IsAnswered), requests.Count, journal.See(state => state.Spent)));
        }
    }

    private async Task<bool> ReadAsync(string batch, Dictionary<string, ModelRequest> byId, CancellationToken cancel)
    {
        await foreach (var (key, reply, error) in provider.ResultsAsync(batch, cancel))
        {
            var (id, attempt) = key.Split('-') is [var name, var number] && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? (name, n) : (key, 1);
            if (journal.See(state => state.Replies.Any(other => other.Request == id && other.Attempt == attempt))) continue;
            // A reply to a request that is not asked any more is paid all the same, and kept.
            var request = byId.GetValueOrDefault(id);
            if (reply is not null)
                journal.Add(new RepliedEntry(
                    time.GetUtcNow(), 0, id, attempt, request?.Group ?? "", request?.Context ?? "", request?.Model ?? "", request?.Prompt ?? "", reply.Text, reply.Stop,
                    reply.InputTokens, reply.OutputTokens, options.Price.Half.Of(reply.InputTokens, reply.OutputTokens), 0, request is null ? "" : problemOf(request, reply.Text)));
            else
            {
                journal.Add(new FailedEntry(time.GetUtcNow(), 0, id, attempt, request?.Group ?? "", error, InDoubt: false));
                _failures[id] = (_failures.GetValueOrDefault(id).Count + 1, error);
            }
        }
        return true;
    }

    private async Task<T> AgainAsync<T>(Func<Task<T>> ask, CancellationToken cancel)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await ask();
            }
            catch (ProviderException failure) when (failure.Kind == FailureKind.Passing && tries < options.Tries)
            {
                var wait = options.Backoff * Math.Pow(2, tries - 1);
                await Task.Delay(failure.RetryAfter is { } asked && asked > wait ? asked : wait, time, cancel);
            }
        }
    }
}
