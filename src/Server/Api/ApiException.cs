using Microsoft.AspNetCore.Http;

namespace TurkishLlm.Server.Api;

/// <summary>A request cannot be answered; the reply is an error object of OpenAI.</summary>
/// <param name="status">HTTP status code.</param>
/// <param name="message">The value, the rule and the nearest fix.</param>
/// <param name="parameter">The field of the request; null for none.</param>
/// <param name="code">Code of the error, for programs.</param>
internal sealed class ApiException(int status, string message, string? parameter = null, string? code = null) : Exception(message)
{
    /// <summary>Code of an error that the log explains.</summary>
    public const string InternalError = "internal_error";

    public int Status => status;

    public string? Parameter => parameter;

    public string? Code => code;

    /// <summary>Seconds after which the client may try again; null for none.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>The kind of the error, as OpenAI names them.</summary>
    public string Type => status switch
    {
        401 => "authentication_error",
        429 => "rate_limit_error",
        >= 500 => "server_error",
        _ => "invalid_request_error",
    };

    /// <summary>Returns the reply to an exception. Reasons that are no business of the client are in the log only.</summary>
    public static ApiException Explain(Exception error) => error switch
    {
        ApiException known => known,
        BadHttpRequestException { StatusCode: 413 } => new(413, "The request is too large.", code: "request_too_large"),
        BadHttpRequestException bad => new(bad.StatusCode, bad.Message, code: "bad_request"),
        InvalidDataException => new(500, error.Message, code: "generation_failed"),
        _ => new(500, "The server failed; its log has the reason.", code: InternalError),
    };

    public static ApiException Invalid(string message, string? parameter, string code = "invalid_value") =>
        new(400, message, parameter, code);
}
