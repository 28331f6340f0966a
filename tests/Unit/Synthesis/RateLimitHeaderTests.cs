using FluentAssertions;
using TurkishLlm.Synthesis.Generation;

namespace TurkishLlm.Tests.Unit.Synthesis;

/// <summary>How long a service asks to wait, over a local connection.</summary>
[Trait("Suite", "Fast")]
public sealed class RateLimitHeaderTests
{
    private const string Anthropic = "anthropic-ratelimit-input-tokens-";

    private static readonly DateTimeOffset Now = new(2026, 3, 14, 9, 26, 53, TimeSpan.Zero);

    [Theory]
    [InlineData(429, "Retry-After: 7", 7)]
    [InlineData(503, "Retry-After: 1.5", 1.5)]
    [InlineData(429, "Retry-After: Sat, 14 Mar 2026 09:28:23 GMT", 90)]
    [InlineData(429, "Date: Sat, 14 Mar 2026 08:00:00 GMT\r\nRetry-After: Sat, 14 Mar 2026 08:00:40 GMT", 40)]
    [InlineData(429, "Retry-After: Sat, 14 Mar 2026 09:00:00 GMT", 0)]
    [InlineData(429, "retry-after-ms: 250\r\nRetry-After: 1", 0.25)]
    [InlineData(429, "Retry-After: soon\r\nx-ratelimit-reset-requests: 2s", 2)]
    [InlineData(
        429, "x-ratelimit-remaining-requests: 0\r\nx-ratelimit-reset-requests: 6m0s\r\nx-ratelimit-reset-tokens: 9s", 360)]
    [InlineData(429, "x-ratelimit-reset-requests: 1h2m3.5s\r\nx-ratelimit-reset-tokens: 20ms", 0.02)]
    [InlineData(429, "x-ratelimit-reset-requests: 1d", 86400)]
    [InlineData(
        429,
        "x-ratelimit-remaining-requests: 0\r\nx-ratelimit-reset-requests: 9s\r\n"
            + "x-ratelimit-remaining-tokens: 0\r\nx-ratelimit-reset-tokens: 6m0s", 360)]
    [InlineData(429, Anthropic + "remaining: 0\r\n" + Anthropic + "reset: 2026-03-14T09:27:23Z", 30)]
    [InlineData(429, "X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 1773480418000", 5)]
    [InlineData(429, "X-RateLimit-Reset: 1773480418", 5)]
    [InlineData(429, "ratelimit-reset: 12", 12)]
    [InlineData(500, "x-ratelimit-remaining-tokens: 900\r\nx-ratelimit-reset-tokens: 6m0s", -1)]
    [InlineData(429, "x-ratelimit-reset-tokens: yarın", -1)]
    [InlineData(429, "X-Other: 1", -1)]
    public async Task The_headers_of_services_are_understood(int status, string headers, double seconds)
    {
        using var stub = new StubService { Special = (_, _, _) => (status, headers + "\r\n", "{}") };
        (await FailAsync(stub)).RetryAfter.Should().Be(seconds < 0 ? null : TimeSpan.FromSeconds(seconds));
    }

    [Theory]
    [InlineData("Please try again in 1m2.5s.", 62.5)]
    [InlineData("Please retry in 34.07s.", 34.07)]
    [InlineData("Try again in 20ms.", 0.02)]
    [InlineData("Please retry after 10s", 10)]
    [InlineData("Please try again in a moment.", -1)]
    public async Task Without_headers_the_message_counts(string message, double seconds)
    {
        using var stub = new StubService
        {
            Special = (_, _, _) => (429, "", $$$"""{"error":{"message":"{{{message}}}"}}"""),
        };
        var delay = (await FailAsync(stub)).RetryAfter;
        (delay is null).Should().Be(seconds < 0);
        delay?.TotalSeconds.Should().BeApproximately(seconds, 1e-6);
    }

    private static async Task<ProviderException> FailAsync(StubService stub)
    {
        using var provider = new OpenAIProvider(
            "anahtar-12345", new(stub.Address + "/v1"), TimeSpan.FromSeconds(30), useSchema: false, new StoppedTimeProvider());
        return (await FluentActions
            .Awaiting(() => provider.GetReplyAsync(new("g", "", "m", "v2", "s", "u", "{}", 10), 1, CancellationToken.None))
            .Should()
            .ThrowAsync<ProviderException>()).Which;
    }

    private sealed class StoppedTimeProvider : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }
}
