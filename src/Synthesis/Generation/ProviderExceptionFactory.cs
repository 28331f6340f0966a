using System.ClientModel;
using System.Text;
using System.Text.Json;
using Anthropic.Exceptions;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>
/// Converts failed requests. No message and no reply contains the API key, regardless of what the service returns.
/// </summary>
internal sealed class ProviderExceptionFactory(string service, string key)
{
    private const int MaxMessageLength = 900, MinKeyLength = 8;

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
        or ArgumentException
        or FormatException
        or KeyNotFoundException;

    /// <summary>Creates the exception for a request without a reply.</summary>
    /// <param name="error">What the library threw.</param>
    /// <param name="response">The response, as far as it was received.</param>
    public ProviderException Create(Exception error, ResponseRecorder.RecordedResponse response) =>
        error is ProviderException failure ? failure
        : response is { IsComplete: true, Status: >= 300 } ? CreateFromStatus(response, error)
        : response.IsComplete ? CreateMalformedReply($"the library cannot read it ({error.Message})", error)
        : CreateFromConnection(error, response);

    /// <summary>Creates the exception for a response that does not follow the protocol.</summary>
    public ProviderException CreateMalformedReply(string what, Exception? error = null) =>
        new(FormatMessage($"sent a malformed response: {what}"), FailureKind.Transient, error) { InDoubt = true };

    /// <summary>Removes the API key from a body.</summary>
    public ReadOnlySpan<byte> Redact(byte[] body)
    {
        if (key.Length < MinKeyLength || body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(key)) < 0) return body;
        return Encoding.Latin1.GetBytes(
            Encoding.Latin1
                .GetString(body)
                .Replace(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(key)), "[key]", StringComparison.Ordinal));
    }

    private ProviderException CreateFromConnection(Exception error, ResponseRecorder.RecordedResponse response) => error switch
    {
        AggregateException { InnerException: { } inner } => CreateFromConnection(inner, response),
        ClientResultException or AnthropicIOException when error.InnerException is { } inner && IsProviderFailure(inner) =>
            CreateFromConnection(inner, response),
        // Without a connection the request was not sent; if the connection broke, it may have been answered.
        HttpRequestException
        {
            HttpRequestError: HttpRequestError.ConnectionError
                or HttpRequestError.NameResolutionError
                or HttpRequestError.SecureConnectionError
                or HttpRequestError.ProxyTunnelError
        } => new(FormatMessage($"cannot be reached: {error.Message}"), FailureKind.Transient, error),
        OperationCanceledException or TimeoutException => new(
            FormatMessage("did not answer in time"), FailureKind.Transient, error)
        {
            InDoubt = true,
            Partial = GetPartial(response),
        },
        _ => new(FormatMessage($"closed the connection: {error.Message}"), FailureKind.Transient, error)
        {
            InDoubt = true,
            Partial = GetPartial(response),
        },
    };

    private ProviderException CreateFromStatus(ResponseRecorder.RecordedResponse response, Exception error)
    {
        var reason = ServiceError.Read(response.Status, response.ReadText());
        if (response.RetryAfter is { } asked) reason = reason with { RetryAfter = asked };
        var verdict = ErrorVerdict.Of(reason);
        return new(
            FormatMessage($"answered {reason}{(verdict.Advice.Length > 0 ? $" {verdict.Advice}" : "")}"), verdict.Kind, error)
        {
            RetryAfter = reason.RetryAfter,
            // Someone between the service and us gave up waiting, or the service itself did: the reply may have been created.
            InDoubt = response.Status is 408 or 504 or 524,
        };
    }

    private RawReply? GetPartial(ResponseRecorder.RecordedResponse response) =>
        response is { Status: >= 200 and < 300, Bytes.Length: > 0 }
            ? RawReply.FromBytes(default, Redact(response.Bytes.ToArray())) : null;

    private string FormatMessage(string what)
    {
        var text = $"{service} {what}";
        if (key.Length >= MinKeyLength) text = text.Replace(key, "…", StringComparison.Ordinal);
        return text.Length <= MaxMessageLength ? text : string.Concat(text.AsSpan(0, MaxMessageLength), "…");
    }
}
