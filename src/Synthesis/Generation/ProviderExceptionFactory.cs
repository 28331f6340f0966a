using System.ClientModel;
using System.Net;
using System.Text.Json;
using Anthropic.Exceptions;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>
/// Converts exceptions of the services' libraries. No message contains the API key, regardless of what the service returns.
/// </summary>
internal sealed class ProviderExceptionFactory(string service, string key)
{
    private const int MaxMessageLength = 600;

    /// <summary>Returns true for failures of a request; other exceptions are bugs of this program.</summary>
    public static bool IsProviderFailure(Exception error) =>
        error
            is AnthropicException
                or ClientResultException
                or HttpRequestException
                or IOException
                or JsonException or InvalidDataException
        or TimeoutException
        or OperationCanceledException
        or AggregateException
        or InvalidOperationException
        or KeyNotFoundException;

    public ProviderException Create(Exception error, TimeSpan? retryAfter) => error switch
    {
        ProviderException failure => failure,
        AggregateException { InnerException: { } inner } => Create(inner, retryAfter),
        AnthropicApiException api => CreateFromStatus((int)api.StatusCode, api.ResponseBody ?? api.Message, retryAfter, error),
        ClientResultException { Status: > 0 } result => CreateFromStatus(result.Status, GetBody(result), retryAfter, error),
        ClientResultException or AnthropicIOException when error.InnerException is { } inner && IsProviderFailure(inner) =>
            Create(inner, retryAfter),
        // Without a connection the request was not sent; if the connection broke, it may have been answered.
        HttpRequestException
        {
            HttpRequestError: HttpRequestError.ConnectionError
                or HttpRequestError.NameResolutionError
                or HttpRequestError.SecureConnectionError
                or HttpRequestError.ProxyTunnelError
        } => new(FormatMessage($"cannot be reached: {error.Message}"), FailureKind.Transient, error)
        {
            RetryAfter = retryAfter,
        },
        OperationCanceledException or TimeoutException => new(
            FormatMessage("did not answer in time"), FailureKind.Transient, error)
        {
            InDoubt = true,
        },
        _ => new(FormatMessage($"closed the connection: {error.Message}"), FailureKind.Transient, error) { InDoubt = true },
    };

    /// <summary>Creates the exception for a reply that does not follow the protocol.</summary>
    public ProviderException CreateMalformedReply(string what) =>
        new(FormatMessage($"sent a malformed reply: {what}"), FailureKind.Transient) { InDoubt = true };

    private ProviderException CreateFromStatus(int status, string body, TimeSpan? retryAfter, Exception error)
    {
        var kind = status switch
        {
            408 or 409 or 429 or >= 500 => FailureKind.Transient,
            401 or 402 or 403 or 404 => FailureKind.Fatal,
            _ => FailureKind.RequestRejected,
        };
        return new(
            FormatMessage(FormattableString.Invariant($"answered {status}: {body.ReplaceLineEndings(" ").Trim()}")), kind, error)
        {
            RetryAfter = retryAfter,
            InDoubt = (HttpStatusCode)status is HttpStatusCode.RequestTimeout or HttpStatusCode.GatewayTimeout,
        };
    }

    private static string GetBody(ClientResultException error)
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

    private string FormatMessage(string what)
    {
        var text = $"{service} {what}";
        if (key.Length > 0) text = text.Replace(key, "…", StringComparison.Ordinal);
        return text.Length <= MaxMessageLength ? text : string.Concat(text.AsSpan(0, MaxMessageLength), "…");
    }
}
