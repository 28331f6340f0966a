namespace TurkishLlm.Synthesis.Generation;

/// <summary>
/// Creates the HTTP client of a provider: without a timeout, and with access to the bytes of each response before a library
/// reads them.
/// </summary>
internal sealed class ResponseRecorder : DelegatingHandler
{
    private static readonly AsyncLocal<RecordedResponse?> Current = new();

    private readonly TimeProvider _time;

    private ResponseRecorder(TimeProvider time)
        : base(new SocketsHttpHandler
        {
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            AutomaticDecompression = System.Net.DecompressionMethods.All,
        }) =>
        _time = time;

    /// <summary>Creates a client that stores each response in the current <see cref="RecordedResponse"/>.</summary>
    public static HttpClient CreateClient(TimeProvider time) =>
        new(new ResponseRecorder(time)) { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Starts recording the responses to the following requests; the last one counts.</summary>
    public static RecordedResponse Record() => Current.Value = new();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var recorded = Current.Value;
        recorded?.Reset();
        var response = await base.SendAsync(request, cancellationToken);
        if (recorded is null) return response;
        recorded.Status = (int)response.StatusCode;
        if (!response.IsSuccessStatusCode) recorded.RetryAfter = RateLimitHeaders.FindDelay(response, _time.GetUtcNow());
        await using (var body = await response.Content.ReadAsStreamAsync(cancellationToken))
            await body.CopyToAsync(recorded.Bytes, cancellationToken);
        recorded.IsComplete = true;
        var content = new ByteArrayContent(recorded.Bytes.ToArray());
        foreach (var header in response.Content.Headers) content.Headers.TryAddWithoutValidation(header.Key, header.Value);
        content.Headers.ContentLength = recorded.Bytes.Length;
        response.Content = content;
        return response;
    }

    /// <summary>A response, as far as it was received.</summary>
    public sealed class RecordedResponse
    {
        /// <summary>The HTTP status; 0 if there was no response.</summary>
        public int Status { get; set; }

        /// <summary>The body as far as it was received.</summary>
        public MemoryStream Bytes { get; private set; } = new();

        /// <summary>True if the whole body was received.</summary>
        public bool IsComplete { get; set; }

        /// <summary>The delay that the service asks for; null if it gives none.</summary>
        public TimeSpan? RetryAfter { get; set; }

        /// <summary>True if this is the whole body of a success.</summary>
        public bool IsReply => IsComplete && Status is >= 200 and < 300;

        /// <summary>Returns the body as text.</summary>
        public string ReadText() => System.Text.Encoding.UTF8.GetString(Bytes.ToArray());

        internal void Reset() => (Status, Bytes, IsComplete, RetryAfter) = (0, new(), false, null);
    }
}
