using System.Globalization;

namespace TurkishLlm.Synthesis;

/// <summary>The HTTP client of a provider: without a limit of its own, and with an ear for <c>Retry-After</c>, which the libraries do not hand on.</summary>
internal sealed class ServiceHttp : DelegatingHandler
{
    private static readonly AsyncLocal<Answer?> Current = new();

    private ServiceHttp()
        : base(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
    }

    /// <summary>A client that notes what it hears in the <see cref="Answer"/> at hand.</summary>
    public static HttpClient Create() => new(new ServiceHttp()) { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Notes what the requests from here on are answered.</summary>
    public static Answer Listen() => Current.Value = new();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (Current.Value is { } answer) answer.RetryAfter = RetryAfter(response);
        return response;
    }

    // Seconds or a date; Anthropic and OpenAI have a finer one of their own.
    private static TimeSpan? RetryAfter(HttpResponseMessage response)
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
    public sealed class Answer
    {
        public TimeSpan? RetryAfter { get; set; }
    }
}
