namespace TurkishLlm.Synthesis.Generation;

/// <summary>Limits the requests and tokens per minute, and pauses while a service asks to wait.</summary>
internal sealed class Throttle(int? requestsPerMinute, int? tokensPerMinute, TimeProvider time)
{
    private readonly Lock _lock = new();
    private DateTimeOffset _nextRequest, _nextToken, _heldUntil;

    /// <summary>Waits until a request may be sent.</summary>
    public async Task WaitAsync(long tokens, CancellationToken cancellationToken)
    {
        while (true)
        {
            DateTimeOffset turn, now;
            lock (_lock)
            {
                now = time.GetUtcNow();
                turn = Max(Max(_nextRequest, _nextToken), _heldUntil);
                if (turn <= now)
                {
                    if (requestsPerMinute is { } requests) _nextRequest = now + TimeSpan.FromMinutes(1.0 / requests);
                    if (tokensPerMinute is { } limit) _nextToken = now + TimeSpan.FromMinutes((double)tokens / limit);
                    return;
                }
            }
            await Task.Delay(turn - now, time, cancellationToken);
        }
    }

    /// <summary>Suspends sending for the given time.</summary>
    public void Pause(TimeSpan wait)
    {
        lock (_lock) _heldUntil = Max(_heldUntil, time.GetUtcNow() + wait);
    }

    private static DateTimeOffset Max(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
