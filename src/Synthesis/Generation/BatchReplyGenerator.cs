using System.Globalization;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>
/// Sends requests in batches. Each batch is recorded in the journal before it is submitted, so a kill at any moment neither loses
/// a batch nor submits it twice: a batch with an unknown outcome is first looked up among the batches of the service.
/// </summary>
/// <param name="journal">Contains the previous replies and records the new ones.</param>
/// <param name="provider">Processes batches.</param>
/// <param name="options">Limits and the price of single requests; batches cost half of it.</param>
/// <param name="findProblem">Returns why a reply is unreadable; empty if it is readable.</param>
/// <param name="time">The clock.</param>
public sealed class BatchReplyGenerator(
    Journal journal, IBatchProvider provider, GenerationOptions options, Func<ModelRequest, string, string> findProblem,
    TimeProvider time)
{
    private const int MaxRequests = 10_000;

    private readonly Dictionary<string, (int Count, string Error)> _failures = new(StringComparer.Ordinal);

    /// <summary>Submits the requests and waits for the batches. If interrupted and run again, continues waiting.</summary>
    /// <param name="requests">The requests; those that the journal has a reply for are not sent.</param>
    /// <param name="progress">Receives a report after every batch.</param>
    /// <param name="cancellationToken">Stops waiting. The service continues to process the batches.</param>
    /// <exception cref="ProviderException">The service rejects all requests or does not respond any more.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was set.</exception>
    public async Task<GenerationResult> RunAsync(
        IReadOnlyList<ModelRequest> requests, IProgress<GenerationProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(requests);
        var before = requests.Count(IsAnswered);
        var unsent = 0;
        while (true)
        {
            await FinishAsync(requests, progress, cancellationToken);
            var open = requests
                .Where(request =>
                    !IsAnswered(request)
                    && GetNextAttempt(request) <= options.MaxAttempts
                    && GetFailureCount(request) < options.MaxAttempts)
                .ToArray();
            var next = SelectAffordable([.. open.Take(MaxRequests)]);
            unsent = open.Length;
            if (next.Length == 0) break;
            await SubmitAsync(next, cancellationToken);
        }
        var unreadable = requests.Count(request => !IsAnswered(request) && GetNextAttempt(request) > options.MaxAttempts);
        var answered = requests.Count(IsAnswered) - before;
        return new(
            before, answered, unreadable, requests.Count - before - answered - unreadable - unsent, unsent,
            FirstFailure());

        string FirstFailure() =>
            requests
                .Where(request => !IsAnswered(request) && GetFailureCount(request) > 0)
                .Select(request => _failures[request.Id].Error)
                .FirstOrDefault()
            ?? "";
    }

    private bool IsAnswered(ModelRequest request) => journal.Query(state => state.FindAnswer(request.Id)) is not null;

    private int GetNextAttempt(ModelRequest request) => journal.Query(state => state.GetNextAttempt(request.Id));

    private int GetFailureCount(ModelRequest request) => _failures.GetValueOrDefault(request.Id).Count;

    private ModelRequest[] SelectAffordable(ModelRequest[] requests)
    {
        if (options.Budget is not { } limit) return requests;
        var left = limit - journal.Query(state => state.Spent + state.InDoubtCost);
        return [.. requests.TakeWhile(request => (left -= options.Price.BatchPrice.ComputeMaxCost(request)) >= 0)];
    }

    private async Task SubmitAsync(ModelRequest[] requests, CancellationToken cancellationToken)
    {
        var byKey = requests.ToDictionary(request => request.GetKey(GetNextAttempt(request)), StringComparer.Ordinal);
        var at = time.GetUtcNow();
        var submission = ModelRequest.ComputeHash(string.Join('\n', byKey.Keys) + at.ToString("O", CultureInfo.InvariantCulture));
        journal.Append(
            new BatchSentEntry(
                at, submission, requests[0].Model,
                [.. byKey.Keys],
                requests.Sum(options.Price.BatchPrice.ComputeMaxCost)));
        string batch;
        try
        {
            batch = await provider.SubmitAsync(submission, byKey, cancellationToken);
        }
        catch (ProviderException failure) when (!failure.InDoubt)
        {
            journal.Append(new BatchEndedEntry(time.GetUtcNow(), submission));
            throw;
        }
        journal.Append(new BatchCreatedEntry(time.GetUtcNow(), submission, batch));
    }

    private async Task FinishAsync(
        IReadOnlyList<ModelRequest> requests, IProgress<GenerationProgress>? progress, CancellationToken cancellationToken)
    {
        var byId = requests.ToDictionary(request => request.Id, StringComparer.Ordinal);
        foreach (var (sent, name) in journal.Query(state => state.OpenBatches))
        {
            var known = journal.Query(state => state.OpenBatches.Select(batch => batch.Name).OfType<string>().ToArray());
            var batch = name ?? await RetryAsync(() => provider.FindAsync(sent, known, cancellationToken), cancellationToken);
            if (batch is null)
            {
                journal.Append(new BatchEndedEntry(time.GetUtcNow(), sent.Submission));
                continue;
            }
            if (name is null) journal.Append(new BatchCreatedEntry(time.GetUtcNow(), sent.Submission, batch));
            while (!await RetryAsync(() => provider.HasEndedAsync(batch, cancellationToken), cancellationToken))
                await Task.Delay(options.PollInterval, time, cancellationToken);
            await RetryAsync(async () => await ReadResultsAsync(batch, byId, cancellationToken), cancellationToken);
            journal.Append(new BatchEndedEntry(time.GetUtcNow(), sent.Submission));
            progress?.Report(new(requests.Count(IsAnswered), requests.Count, journal.Query(state => state.Spent)));
        }
    }

    private async Task<bool> ReadResultsAsync(
        string batch, Dictionary<string, ModelRequest> byId, CancellationToken cancellationToken)
    {
        await foreach (var (key, reply, error) in provider.GetResultsAsync(batch, cancellationToken))
        {
            var (id, attempt) =
                key.Split('-') is [var name, var number]
                && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var n)
                    ? (name, n)
                    : (key, 1);
            if (journal.Query(state => state.Replies.Any(other => other.Request == id && other.Attempt == attempt))) continue;
            // A reply to a request that is no longer needed is paid as well, so it is recorded.
            var request = byId.GetValueOrDefault(id);
            if (reply is not null)
                journal.Append(new RepliedEntry(
                    time.GetUtcNow(),
                    0, id, attempt, request?.Group ?? "", request?.Context ?? "", request?.Model ?? "", request?.Prompt ?? "",
                    reply.Text, reply.StopReason,
                    reply.InputTokens,
                    reply.OutputTokens, options.Price.BatchPrice.ComputeCost(reply.InputTokens, reply.OutputTokens), 0,
                    request is null ? "" : findProblem(request, reply.Text)));
            else
            {
                journal.Append(new FailedEntry(time.GetUtcNow(), 0, id, attempt, request?.Group ?? "", error, InDoubt: false));
                _failures[id] = (_failures.GetValueOrDefault(id).Count + 1, error);
            }
        }
        return true;
    }

    private async Task<T> RetryAsync<T>(Func<Task<T>> ask, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await ask();
            }
            catch (ProviderException failure)
                when (failure.Kind == FailureKind.Transient && tries < options.MaxConsecutiveFailures)
            {
                var wait = options.InitialBackoff * Math.Pow(2, tries - 1);
                await Task.Delay(failure.RetryAfter is { } asked && asked > wait ? asked : wait, time, cancellationToken);
            }
        }
    }
}
