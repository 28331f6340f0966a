using System.Globalization;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>
/// Sends requests in batches. Each batch is recorded in the journal before it is submitted, so a kill at any moment neither loses
/// a batch nor submits it twice: a batch with an unknown outcome is first looked up among the batches of the service. Every
/// result is in the journal before it is interpreted.
/// </summary>
/// <param name="journal">Contains the previous replies and records the new ones.</param>
/// <param name="provider">Processes batches.</param>
/// <param name="options">Limits and the price of single requests; batches cost half of it.</param>
/// <param name="time">The clock.</param>
public sealed class BatchReplyGenerator(
    Journal journal, IBatchProvider provider, GenerationOptions options, TimeProvider time)
{
    private const int MaxRequests = 10_000;
    private static readonly TimeSpan AnnouncementInterval = TimeSpan.FromMinutes(5);

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
            var open = requests.Where(request => MayRequest(request) && GetFailureCount(request) < options.MaxAttempts).ToArray();
            var next = SelectAffordable([.. open.Take(MaxRequests)]);
            unsent = open.Length;
            if (next.Length == 0) break;
            await RetryAsync(
                "the next batch", async () => await SubmitAsync(next, cancellationToken), cancellationToken, isSubmission: true);
        }
        var unreadable = requests.Where(request => !IsAnswered(request) && !MayRequest(request)).ToArray();
        var answered = requests.Count(IsAnswered) - before;
        return new(
            before, answered, unreadable.Length, requests.Count - before - answered - unreadable.Length - unsent, unsent,
            FirstFailure())
        {
            FirstProblem = unreadable.Length == 0 ? "" : journal.Query(state => state.FindProblem(unreadable[0].Id)),
        };

        string FirstFailure() =>
            requests
                .Where(request => !IsAnswered(request) && GetFailureCount(request) > 0)
                .Select(request => _failures[request.Id].Error)
                .FirstOrDefault()
            ?? "";
    }

    private bool IsAnswered(ModelRequest request) => journal.Query(state => state.FindAnswer(request.Id)) is not null;

    private bool MayRequest(ModelRequest request) => journal.Query(state => state.MayRequest(request.Id, options.MaxAttempts));

    private int GetNextAttempt(ModelRequest request) => journal.Query(state => state.GetNextAttempt(request.Id));

    private int GetFailureCount(ModelRequest request) => _failures.GetValueOrDefault(request.Id).Count;

    private ModelRequest[] SelectAffordable(ModelRequest[] requests)
    {
        if (options.Budget is not { } limit) return requests;
        var left = limit - journal.Query(state => state.Spent + state.InDoubtCost);
        return [.. requests.TakeWhile(request => (left -= options.Price.BatchPrice.ComputeMaxCost(request)) >= 0)];
    }

    private async Task<string> SubmitAsync(ModelRequest[] requests, CancellationToken cancellationToken)
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
        return batch;
    }

    private async Task FinishAsync(
        IReadOnlyList<ModelRequest> requests, IProgress<GenerationProgress>? progress, CancellationToken cancellationToken)
    {
        var byId = requests.ToDictionary(request => request.Id, StringComparer.Ordinal);
        foreach (var (sent, name) in journal.Query(state => state.OpenBatches))
        {
            var known = journal.Query(state => state.OpenBatches.Select(batch => batch.Name).OfType<string>().ToArray());
            var batch = name ?? await RetryAsync(
                sent.Submission, () => provider.FindAsync(sent, known, cancellationToken), cancellationToken);
            if (batch is null)
            {
                journal.Append(new BatchEndedEntry(time.GetUtcNow(), sent.Submission));
                continue;
            }
            if (name is null) journal.Append(new BatchCreatedEntry(time.GetUtcNow(), sent.Submission, batch));
            var status = await WaitAsync(batch, sent, cancellationToken);
            var results = await RetryAsync(
                batch, async () => await ReadResultsAsync(batch, byId, cancellationToken), cancellationToken);
            RecordMissing(sent, status, results);
            journal.Append(new BatchEndedEntry(time.GetUtcNow(), sent.Submission));
            progress?.Report(new(requests.Count(IsAnswered), requests.Count, journal.Query(state => state.Spent)));
            ThrowIfFatal(results.Values);
            if (status.Error is { } error)
            {
                options.OnWait?.Invoke(new(batch, options.PollInterval, $"the service did not process the batch: {error}", 1, 0));
                await Task.Delay(options.PollInterval, time, cancellationToken);
            }
        }
    }

    private async Task<BatchStatus> WaitAsync(string batch, BatchSentEntry sent, CancellationToken cancellationToken)
    {
        var (announced, silent) = (-1, TimeSpan.Zero);
        while (true)
        {
            var status = await RetryAsync(batch, () => provider.GetStatusAsync(batch, cancellationToken), cancellationToken);
            if (status.HasEnded) return status;
            if (status.Done != announced || silent >= AnnouncementInterval)
            {
                options.OnWait?.Invoke(
                    new(
                        batch, options.PollInterval,
                        FormattableString.Invariant($"the service has processed {status.Done} of {sent.Keys.Count} requests"),
                        0, 0));
                (announced, silent) = (status.Done, TimeSpan.Zero);
            }
            await Task.Delay(options.PollInterval, time, cancellationToken);
            silent += options.PollInterval;
        }
    }

    /// <returns>The error of each request without a reply; null for those with a reply.</returns>
    private async Task<Dictionary<string, ServiceError?>> ReadResultsAsync(
        string batch, Dictionary<string, ModelRequest> byId, CancellationToken cancellationToken)
    {
        var results = new Dictionary<string, ServiceError?>(StringComparer.Ordinal);
        await foreach (var line in provider.GetResultsAsync(batch, cancellationToken))
        {
            var (id, attempt) = line.Encoding == BodyEncoding.Utf8 ? BatchResult.ReadKey(line.Body) : ("", 0);
            var request = byId.GetValueOrDefault(id);
            var price = options.Price.BatchPrice;
            // A reply to a request that is no longer needed is paid as well, so it is recorded.
            var received = new ReceivedEntry(
                time.GetUtcNow(), 0, batch, id, attempt, request?.Group ?? "", request?.Context ?? "", request?.Model ?? "",
                request?.Prompt ?? "", line.Format, line.Encoding, line.Body, price,
                request is null ? 0 : price.ComputeMaxCost(request), 0);
            if (!journal.Query(state => state.HasResult(received))) journal.Append(received);
            results[id] = ReplyInterpreter.Interpret(received).Error;
        }
        return results;
    }

    // Without this, requests without a result would be submitted again and again.
    private void RecordMissing(BatchSentEntry sent, BatchStatus status, Dictionary<string, ServiceError?> results)
    {
        foreach (var key in sent.Keys)
        {
            var (id, attempt) = BatchResult.ParseKey(key);
            if (results.TryGetValue(id, out var known) && known is null) continue;
            var error = known ?? status.Error ?? new(0, [], "the batch has no result for this request");
            if (!results.ContainsKey(id))
            {
                journal.Append(new FailedEntry(time.GetUtcNow(), 0, id, attempt, "", error.ToString(), InDoubt: false));
                results[id] = error;
            }
            var isFinal = ErrorVerdict.Of(error).Kind == FailureKind.RequestRejected;
            _failures[id] = (isFinal ? options.MaxAttempts : _failures.GetValueOrDefault(id).Count + 1, error.ToString());
        }
    }

    private static void ThrowIfFatal(IEnumerable<ServiceError?> errors)
    {
        var fatal = errors.OfType<ServiceError>().FirstOrDefault(error => ErrorVerdict.Of(error).Kind == FailureKind.Fatal);
        if (fatal is not null) throw ReplyGenerator.CreateFailure(fatal);
    }

    // A submission in doubt is not repeated: the batch is searched for first.
    private async Task<T> RetryAsync<T>(
        string subject, Func<Task<T>> ask, CancellationToken cancellationToken,
        bool isSubmission = false)
    {
        for (var tries = 1; ; tries++)
        {
            ProviderException failure;
            try
            {
                return await ask();
            }
            catch (ProviderException error)
                when (
                    error.Kind == FailureKind.Transient
                    && tries < options.MaxConsecutiveFailures
                    && !(isSubmission && error.InDoubt))
            {
                failure = error;
            }
            if (failure.RetryAfter > options.MaxWait) throw ReplyGenerator.CreateLongWait(failure);
            var delay = options.InitialBackoff * Math.Pow(2, tries - 1);
            if (failure.RetryAfter > delay) delay = failure.RetryAfter.Value;
            options.OnWait?.Invoke(new(subject, delay, failure.Message, tries, options.MaxConsecutiveFailures));
            await Task.Delay(delay, time, cancellationToken);
        }
    }
}
