using System.Globalization;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>
/// Sends all unanswered requests to a model, several at once, and records everything in the journal. When canceled, it sends no
/// more requests but waits for the replies in flight, because they are charged.
/// </summary>
/// <param name="journal">Contains the previous replies and records the new ones.</param>
/// <param name="provider">Answers the requests.</param>
/// <param name="options">Limits and price.</param>
/// <param name="findProblem">Returns why a reply is unreadable; empty if it is readable.</param>
/// <param name="time">The clock.</param>
/// <remarks>Spec: SYN-04, SYN-06.</remarks>
public sealed class ReplyGenerator(
    Journal journal, IReplyProvider provider, GenerationOptions options, Func<ModelRequest, string, string> findProblem,
    TimeProvider time)
{
    private static readonly TimeSpan MaxBackoff = TimeSpan.FromMinutes(1);

    /// <summary>Sends the requests.</summary>
    /// <param name="requests">The requests; those that the journal has a reply for are not sent.</param>
    /// <param name="progress">Receives a report after every reply.</param>
    /// <param name="cancellationToken">Stops sending.</param>
    /// <exception cref="ProviderException">The service rejects all requests, for example because of an invalid key.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was set.</exception>
    public async Task<GenerationResult> RunAsync(
        IReadOnlyList<ModelRequest> requests, IProgress<GenerationProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(requests);
        var open = requests.Where(request => journal.Query(state => state.FindAnswer(request.Id)) is null).ToArray();
        var budget = new Budget(options.Budget, journal.Query(state => state.Spent + state.InDoubtCost));
        var throttle = new Throttle(options.RequestsPerMinute, options.TokensPerMinute, time);
        var counts = new int[Enum.GetValues<Outcome>().Length];
        var firstFailure = "";
        ProviderException? refusal = null;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            await Parallel.ForEachAsync(
                open,
                new ParallelOptions { MaxDegreeOfParallelism = options.Concurrency, CancellationToken = stop.Token },
                async (request, stopped) =>
            {
                var (outcome, failure) = await AnswerAsync(request, budget, throttle, stopped);
                if (failure is not null) Interlocked.CompareExchange(ref firstFailure, failure.Message, "");
                if (failure?.Kind == FailureKind.Fatal)
                {
                    Interlocked.CompareExchange(ref refusal, failure, null);
                    await stop.CancelAsync();
                    return;
                }
                Interlocked.Increment(ref counts[(int)outcome]);
                progress?.Report(
                    new(requests.Count - open.Length + counts.Sum(), requests.Count, journal.Query(state => state.Spent)));
            });
        }
        catch (OperationCanceledException) when (refusal is not null)
        {
        }
        if (refusal is not null) throw refusal;
        return new(
            requests.Count - open.Length,
            counts[(int)Outcome.Answered], counts[(int)Outcome.Unreadable], counts[(int)Outcome.Failed],
            counts[(int)Outcome.Unsent], firstFailure);
    }

    private async Task<(Outcome Outcome, ProviderException? Failure)> AnswerAsync(
        ModelRequest request, Budget budget, Throttle throttle, CancellationToken stopped)
    {
        for (int tries = 1, attempt; (attempt = journal.Query(state => state.GetNextAttempt(request.Id))) <= options.MaxAttempts;)
        {
            var maxCost = options.Price.ComputeMaxCost(request);
            if (!await budget.ReserveAsync(maxCost, stopped)) return (Outcome.Unsent, null);
            var cost = 0m;
            try
            {
                await throttle.WaitAsync(request.MaxInputTokens, stopped);
                stopped.ThrowIfCancellationRequested();
                var (reply, failure) = await AskAsync(request, attempt, maxCost);
                cost = reply?.Cost ?? (failure!.InDoubt ? maxCost : 0);
                if (reply is { IsReadable: true }) return (Outcome.Answered, null);
                if (reply is not null)
                {
                    tries = 1;
                    continue;
                }
                if (failure!.Kind != FailureKind.Transient || tries == options.MaxConsecutiveFailures)
                    return (Outcome.Failed, failure);
                if (failure.RetryAfter is { } wait) throttle.Pause(wait);
            }
            finally
            {
                budget.Commit(maxCost, cost);
            }
            await Task.Delay(GetBackoff(request, tries++), time, stopped);
        }
        return (Outcome.Unreadable, null);
    }

    // Once a request is sent, wait for the reply even when canceled: it is charged.
    private async Task<(RepliedEntry? Reply, ProviderException? Failure)> AskAsync(
        ModelRequest request, int attempt, decimal maxCost)
    {
        var started = time.GetTimestamp();
        var send = journal.RecordSend(time.GetUtcNow(), request, attempt, maxCost);
        try
        {
            var reply = await provider.GetReplyAsync(request, attempt, CancellationToken.None);
            var entry = CreateEntry(request, send, attempt, reply, options.Price, time.GetElapsedTime(started).TotalSeconds);
            journal.Append(entry);
            return (entry, null);
        }
        catch (ProviderException failure)
        {
            journal.Append(
                new FailedEntry(time.GetUtcNow(), send, request.Id, attempt, request.Group, failure.Message, failure.InDoubt));
            return (null, failure);
        }
    }

    internal RepliedEntry CreateEntry(
        ModelRequest request, long send, int attempt, ModelReply reply, ModelPrice price,
        double seconds) =>
        new(
        time.GetUtcNow(),
        send, request.Id, attempt, request.Group, request.Context, request.Model, request.Prompt, reply.Text, reply.StopReason,
        reply.InputTokens,
        reply.OutputTokens, price.ComputeCost(reply.InputTokens, reply.OutputTokens), Math.Round(seconds, 3),
        findProblem(request, reply.Text));

    // Jitter: up to half of the delay depends on the request id, so that requests that failed together are not retried together.
    private TimeSpan GetBackoff(ModelRequest request, int tries)
    {
        var wait = Math.Min(options.InitialBackoff.TotalSeconds * Math.Pow(2, tries - 1), MaxBackoff.TotalSeconds);
        return TimeSpan.FromSeconds(
            wait * (0.5 + 0.5 * int.Parse(request.Id.AsSpan(0, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 0xFFFF)
        );
    }

    private enum Outcome
    {
        Answered,
        Unreadable,
        Failed,
        Unsent,
    }
}
