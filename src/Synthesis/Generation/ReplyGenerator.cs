using System.Globalization;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>
/// Sends all unanswered requests to a model, several at once, and records everything in the journal. When canceled, it sends no
/// more requests but waits for the replies in flight, because they are charged. Every reply is in the journal before anything is
/// read from it.
/// </summary>
/// <param name="journal">Contains the previous replies and records the new ones.</param>
/// <param name="provider">Answers the requests.</param>
/// <param name="options">Limits and price.</param>
/// <param name="time">The clock.</param>
/// <remarks>Spec: SYN-04, SYN-06, SYN-11, SYN-12.</remarks>
public sealed class ReplyGenerator(
    Journal journal, IReplyProvider provider, GenerationOptions options, TimeProvider time)
{
    private static readonly TimeSpan MaxBackoff = TimeSpan.FromMinutes(1);

    private int _repliesWithoutText;

    /// <summary>Sends the requests.</summary>
    /// <param name="requests">The requests; those that the journal has a reply for are not sent.</param>
    /// <param name="progress">Receives a report after every reply, one after another.</param>
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
        var reporting = new Lock();
        var firstFailure = "";
        ProviderException? refusal = null;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            await Parallel.ForEachAsync(
                open,
                new ParallelOptions { MaxDegreeOfParallelism = options.Concurrency, CancellationToken = stop.Token },
                async (request, _) =>
            {
                // The token of the loop is set by a callback, which may run later than other requests are sent.
                var (outcome, failure) = await AnswerAsync(request, budget, throttle, stop.Token);
                if (failure is not null) Interlocked.CompareExchange(ref firstFailure, failure.Message, "");
                if (failure?.Kind == FailureKind.Fatal)
                {
                    Interlocked.CompareExchange(ref refusal, failure, null);
                    await stop.CancelAsync();
                    return;
                }
                lock (reporting)
                {
                    counts[(int)outcome]++;
                    progress?.Report(
                        new(requests.Count - open.Length + counts.Sum(), requests.Count, journal.Query(state => state.Spent)));
                }
            });
        }
        catch (OperationCanceledException) when (refusal is not null)
        {
        }
        if (refusal is not null) throw refusal;
        return new(
            requests.Count - open.Length,
            counts[(int)Outcome.Answered], counts[(int)Outcome.Unreadable], counts[(int)Outcome.Failed],
            counts[(int)Outcome.Unsent], firstFailure)
        {
            FirstProblem = counts[(int)Outcome.Unreadable] == 0 ? "" : journal.Query(state =>
                open.Select(request => request.Id)
                    .Where(id => state.FindAnswer(id) is null)
                    .Select(state.FindProblem)
                    .FirstOrDefault(problem => problem.Length > 0, "")),
        };
    }

    private async Task<(Outcome Outcome, ProviderException? Failure)> AnswerAsync(
        ModelRequest request, Budget budget, Throttle throttle, CancellationToken stopped)
    {
        var tries = 1;
        while (journal.Query(state => state.MayRequest(request.Id, options.MaxAttempts)))
        {
            var maxCost = options.Price.ComputeMaxCost(request);
            if (!await budget.ReserveAsync(maxCost, stopped)) return (Outcome.Unsent, null);
            var cost = 0m;
            ProviderException? failure;
            try
            {
                await throttle.WaitAsync(request.MaxInputTokens, stopped);
                stopped.ThrowIfCancellationRequested();
                (cost, failure) = await AskAsync(request, maxCost);
            }
            finally
            {
                budget.Commit(maxCost, cost);
            }
            if (failure is null)
            {
                tries = 1;
                continue;
            }
            if (failure.Kind != FailureKind.Transient || tries == options.MaxConsecutiveFailures)
                return (Outcome.Failed, failure);
            if (failure.RetryAfter > options.MaxWait) return (Outcome.Failed, CreateLongWait(failure));
            var delay = GetBackoff(request, tries);
            if (failure.RetryAfter is { } wait)
            {
                throttle.Pause(wait);
                if (wait > delay) delay = wait;
            }
            options.OnWait?.Invoke(new(request.Group, delay, failure.Message, tries, options.MaxConsecutiveFailures));
            tries++;
            await Task.Delay(delay, time, stopped);
        }
        var isAnswered = journal.Query(state => state.FindAnswer(request.Id) is not null);
        return (isAnswered ? Outcome.Answered : Outcome.Unreadable, null);
    }

    // Once a request is sent, wait for the reply even when canceled: it is charged.
    private async Task<(decimal Cost, ProviderException? Failure)> AskAsync(ModelRequest request, decimal maxCost)
    {
        var attempt = journal.Query(state => state.GetNextAttempt(request.Id));
        var started = time.GetTimestamp();
        var send = journal.RecordSend(time.GetUtcNow(), request, attempt, maxCost);
        RawReply reply;
        try
        {
            reply = await provider.GetReplyAsync(request, attempt, CancellationToken.None);
        }
        catch (ProviderException failure)
        {
            journal.Append(
                new FailedEntry(time.GetUtcNow(), send, request.Id, attempt, request.Group, failure.Message, failure.InDoubt)
                {
                    Partial = failure.Partial,
                });
            return (failure.InDoubt ? maxCost : 0, failure);
        }
        var received = new ReceivedEntry(
            time.GetUtcNow(), send, "", request.Id, attempt, request.Group, request.Context, request.Model, request.Prompt,
            reply.Format, reply.Encoding, reply.Body, options.Price, maxCost,
            Math.Round(time.GetElapsedTime(started).TotalSeconds, 3));
        journal.Append(received);
        var interpreted = ReplyInterpreter.Interpret(received);
        return (interpreted.Reply.Cost, FindFailure(interpreted));
    }

    private ProviderException? FindFailure(InterpretedReply reply)
    {
        if (reply.Error is { } error) return CreateFailure(error);
        if (reply.Reply.Text.Length > 0)
        {
            Interlocked.Exchange(ref _repliesWithoutText, 0);
            return null;
        }
        if (Interlocked.Increment(ref _repliesWithoutText) < options.MaxRepliesWithoutText) return null;
        return new(
            FormattableString.Invariant($"The last {options.MaxRepliesWithoutText} replies have no text: {reply.Reply.Problem}")
                + ". Stopped before paying for more; the replies are in the journal.",
            FailureKind.Fatal);
    }

    /// <summary>Creates the exception for an error that a service reports in place of a reply.</summary>
    internal static ProviderException CreateFailure(ServiceError error)
    {
        var verdict = ErrorVerdict.Of(error);
        return new(
            $"The service reports an error in place of a reply: {error}"
                + (verdict.Advice.Length > 0 ? $" {verdict.Advice}" : ""),
            verdict.Kind)
        {
            RetryAfter = error.RetryAfter,
        };
    }

    /// <summary>Creates the exception for a service that asks to wait longer than allowed.</summary>
    internal static ProviderException CreateLongWait(ProviderException failure) => new(
        FormattableString.Invariant($"{failure.Message} It asks to wait {failure.RetryAfter!.Value.TotalHours:0.#} hours; ")
            + "run the command again then.",
        FailureKind.Fatal, failure);

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
