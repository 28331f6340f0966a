namespace TurkishLlm.Synthesis;

/// <summary>Spaces requests out: so many a minute, so many tokens a minute, and none at all while a service asks to wait.</summary>
internal sealed class Throttle(int? requestsPerMinute, int? tokensPerMinute, TimeProvider time)
{
    private readonly Lock _lock = new();
    private DateTimeOffset _nextRequest, _nextToken, _heldUntil;

    /// <summary>Waits for the turn of a request.</summary>
    public async Task WaitAsync(long tokens, CancellationToken cancel)
    {
        while (true)
        {
            DateTimeOffset turn, now;
            lock (_lock)
            {
                now = time.GetUtcNow();
                turn = Later(Later(_nextRequest, _nextToken), _heldUntil);
                if (turn <= now)
                {
                    if (requestsPerMinute is { } requests) _nextRequest = now + TimeSpan.FromMinutes(1.0 / requests);
                    if (tokensPerMinute is { } most) _nextToken = now + TimeSpan.FromMinutes((double)tokens / most);
                    return;
                }
            }
            await Task.Delay(turn - now, time, cancel);
        }
    }

    /// <summary>Sends nothing for a while.</summary>
    public void Hold(TimeSpan wait)
    {
        lock (_lock) _heldUntil = Later(_heldUntil, time.GetUtcNow() + wait);
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
