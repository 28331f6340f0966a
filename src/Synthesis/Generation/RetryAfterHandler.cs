using System.Globalization;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>The HTTP client of a provider: without a limit of its own, and with an ear for <c>Retry-After</c>, which the libraries do not hand on.</summary>
internal sealed class RetryAfterHandler : DelegatingHandler
{
    private static readonly AsyncLocal<CapturedResponse?> Current = new();

    private RetryAfterHandler()
        : base(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
    }

    /// <summary>A client that notes what it hears in the <see cref="CapturedResponse"/> at hand.</summary>
    public static HttpClient CreateClient() => new(new RetryAfterHandler()) { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Notes what the requests from here on are answered.</summary>
    public static CapturedResponse Capture() => Current.Value = new();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (Current.Value is { } answer) answer.RetryAfter = ReadRetryAfter(response);
        return response;
    }

    // Seconds or a date; Anthropic and OpenAI have a finer one of their own.
    private static TimeSpan? ReadRetryAfter(HttpResponseMessage response)
    {
        if (response.Headers.TryGetValues("retry-after-ms", out var values) && double.TryParse(values.First(), NumberStyles.Float, CultureInfo.InvariantCulture, out var milliseconds))
            return TimeSpan.FromMilliseconds(Math.Clamp(milliseconds, 0, TimeSpan.FromDays(1).TotalMilliseconds));
        return response.Headers.RetryAfter switch
        {
            { Delta: { } wait } => wait,
            { Date: { } date } when response.Headers.Date is { } now && date > now => date - now,
            _ => null,
        };
    }

    /// <summary>What was heard.</summary>
    public sealed class CapturedResponse
    {
        public TimeSpan? RetryAfter { get; set; }
    }
}
