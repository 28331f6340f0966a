using System.Globalization;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>
/// Creates the HTTP client of a provider: without a timeout, and with access to <c>Retry-After</c>, which the libraries do not
/// expose.
/// </summary>
internal sealed class RetryAfterHandler : DelegatingHandler
{
    private static readonly AsyncLocal<CapturedResponse?> Current = new();

    private RetryAfterHandler()
        : base(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
    }

    /// <summary>Creates a client that stores response headers in the current <see cref="CapturedResponse"/>.</summary>
    public static HttpClient CreateClient() => new(new RetryAfterHandler()) { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Starts capturing the responses of the following requests.</summary>
    public static CapturedResponse Capture() => Current.Value = new();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (Current.Value is { } answer) answer.RetryAfter = ReadRetryAfter(response);
        return response;
    }

    // Seconds or a date; Anthropic and OpenAI also have a more precise header.
    private static TimeSpan? ReadRetryAfter(HttpResponseMessage response)
    {
        if (
            response.Headers.TryGetValues("retry-after-ms", out var values)
            && double.TryParse(values.First(), NumberStyles.Float, CultureInfo.InvariantCulture, out var milliseconds))
            return TimeSpan.FromMilliseconds(Math.Clamp(milliseconds, 0, TimeSpan.FromDays(1).TotalMilliseconds));
        return response.Headers.RetryAfter switch
        {
            { Delta: { } wait } => wait,
            { Date: { } date } when response.Headers.Date is { } now && date > now => date - now,
            _ => null,
        };
    }

    /// <summary>The captured headers of a response.</summary>
    public sealed class CapturedResponse
    {
        public TimeSpan? RetryAfter { get; set; }
    }
}
