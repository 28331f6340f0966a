using System.ClientModel;
using System.Net;
using System.Text.Json;
using Anthropic.Exceptions;

namespace TurkishLlm.Synthesis;

/// <summary>What exceptions of the services' libraries mean. No message shows the key, whatever a service sends back.</summary>
internal sealed class Failures(string service, string key)
{
    private const int LongestMessage = 600;

    /// <summary>True for what a request can end with; anything else is a fault of ours.</summary>
    public static bool IsOne(Exception error) => error is AnthropicException or ClientResultException or HttpRequestException or IOException or JsonException
        or TimeoutException or OperationCanceledException or AggregateException or InvalidOperationException or KeyNotFoundException;

    public ProviderException Of(Exception error, TimeSpan? retryAfter) => error switch
    {
        ProviderException failure => failure,
        AggregateException { InnerException: { } inner } => Of(inner, retryAfter),
        AnthropicApiException api => OfStatus((int)api.StatusCode, api.ResponseBody ?? api.Message, retryAfter, error),
        ClientResultException { Status: > 0 } result => OfStatus(result.Status, Body(result), retryAfter, error),
        ClientResultException or AnthropicIOException when error.InnerException is { } inner && IsOne(inner) => Of(inner, retryAfter),
        // Without a connection nothing was asked; on a broken one it may have been answered.
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError } =>
            new(Text($"cannot be reached: {error.Message}"), FailureKind.Passing, error) { RetryAfter = retryAfter },
        OperationCanceledException or TimeoutException => new(Text("did not answer in time"), FailureKind.Passing, error) { InDoubt = true },
        _ => new(Text($"broke off: {error.Message}"), FailureKind.Passing, error) { InDoubt = true },
    };

    /// <summary>A reply that is not what the service promises.</summary>
    public ProviderException Garbled(string what) => new(Text($"sent something else than a reply: {what}"), FailureKind.Passing) { InDoubt = true };

    private ProviderException OfStatus(int status, string body, TimeSpan? retryAfter, Exception error)
    {
        var kind = status switch
        {
            408 or 409 or 429 or >= 500 => FailureKind.Passing,
            401 or 402 or 403 or 404 => FailureKind.OfAll,
            _ => FailureKind.OfRequest,
        };
        return new(Text(FormattableString.Invariant($"answered {status}: {body.ReplaceLineEndings(" ").Trim()}")), kind, error)
        {
            RetryAfter = retryAfter,
            InDoubt = (HttpStatusCode)status is HttpStatusCode.RequestTimeout or HttpStatusCode.GatewayTimeout,
        };
    }

    private static string Body(ClientResultException error)
    {
        try
        {
            return error.GetRawResponse()?.Content.ToString() ?? error.Message;
        }
        catch (InvalidOperationException)
        {
            return error.Message;
        }
    }

    private string Text(string what)
    {
        var text = $"{service} {what}";
        if (key.Length > 0) text = text.Replace(key, "…", StringComparison.Ordinal);
        return text.Length <= LongestMessage ? text : string.Concat(text.AsSpan(0, LongestMessage), "…");
    }
}
