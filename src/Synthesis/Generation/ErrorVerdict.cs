namespace TurkishLlm.Synthesis.Generation;

/// <summary>
/// Decides from the reason of an error, not from its status alone, whether to stop, to wait, or to skip one request:
/// services use the same status for an empty account and for too many requests.
/// </summary>
/// <param name="Kind">The consequence.</param>
/// <param name="Advice">What to do; empty if there is nothing to do.</param>
public sealed record ErrorVerdict(FailureKind Kind, string Advice)
{
    private static readonly ErrorVerdict
        NoCredit = new(
            FailureKind.Fatal,
            "The account has no credit left or has reached its limit. Add credit or raise the limit, then run the command again; "
                + "answered requests are not paid again."),
        BadKey = new(FailureKind.Fatal, "Check the API key, and that it belongs to this service."),
        NoModel = new(FailureKind.Fatal, "Check --model and --endpoint."),
        NoParameter = new(
            FailureKind.Fatal, "The service does not support a parameter of all requests. Use --no-schema if it is the schema."),
        TooLong = new(
            FailureKind.RequestRejected, "The request is too long for the model. Make smaller groups: synth group --max-tokens."),
        Filtered = new(FailureKind.RequestRejected, "The content filter of the service rejects this request."),
        Rejected = new(FailureKind.RequestRejected, ""),
        Wait = new(FailureKind.Transient, "");

    /// <summary>Judges an error.</summary>
    public static ErrorVerdict Of(ServiceError error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return OfCode(error) ?? OfMessage(error) ?? OfStatus(error.Status);
    }

    private static ErrorVerdict? OfCode(ServiceError error)
    {
        if (
            error.HasCode(
                "insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "billing_error", "insufficient_balance",
                "insufficient_credits", "insufficient_funds", "credit_balance_too_low", "credits_exhausted", "payment_required",
                "spend_limit_reached"))
            return NoCredit;
        if (
            error.HasCode(
                "invalid_api_key", "authentication_error", "invalid_authentication", "account_deactivated", "access_terminated",
                "permission_error", "permission_denied", "unauthenticated", "api_key_invalid",
                "unsupported_country_region_territory"))
            return BadKey;
        if (error.HasCode("model_not_found", "model_not_available", "deploymentnotfound", "model_not_supported")) return NoModel;
        if (
            error.HasCode(
                "context_length_exceeded", "exceed_context_size_error", "request_too_large", "string_above_max_length",
                "model_context_window_exceeded"))
            return TooLong;
        if (
            error.HasCode(
                "content_filter", "content_policy_violation", "responsibleaipolicyviolation", "invalid_prompt",
                "data_inspection_failed"))
            return Filtered;
        if (error.HasCode("unsupported_parameter", "unsupported_value")) return NoParameter;
        // Groq and OpenAI use the code of a rate limit for a request that is larger than the limit, which no wait makes fit.
        if (error.HasCode("rate_limit_exceeded", "tokens") && error.Mentions("request too large")) return TooLong;
        return
            error.HasCode(
                "rate_limit_exceeded", "rate_limit_error", "overloaded_error", "resource_exhausted", "server_overloaded",
                "engine_overloaded", "too_many_requests", "rate_limited", "token_limit_exceeded")
            ? Wait : null;
    }

    private static ErrorVerdict? OfMessage(ServiceError error)
    {
        // Google calls a limit per minute a quota, and says when it ends.
        if (
            error.Mentions(
                "credit balance is too low", "insufficient credit", "insufficient balance", "insufficient quota",
                "insufficient funds", "requires more credits", "out of credits", "no credits",
                "reached your specified api usage limit",
                "billing hard limit", "account is not active", "account has been suspended", "spending limit")
            || error.RetryAfter is null && error.Mentions("exceeded your current quota"))
            return NoCredit;
        if (
            error.Mentions(
                "incorrect api key", "invalid api key", "invalid x-api-key", "invalid bearer token", "api key not valid",
                "api key expired", "no auth credentials", "organization has been disabled"))
            return BadKey;
        if (
            error.Mentions("model")
            && error.Status is 400 or 404 or 422 or 500
            && error.Mentions(
                "does not exist", "model not found", "not a valid model", "unknown model", "no such model",
                "not found, try pulling"))
            return NoModel;
        if (
            error.Mentions(
                "maximum context length", "prompt is too long", "context size has been exceeded", "available context size",
                "exceed context limit", "exceed context window", "exceeds the context", "input is too long", "context window of",
                "greater than the context length", "context length exceeded"))
            return TooLong;
        if (error.Mentions("content management policy", "ContentPolicyViolation", "content filtering policy")) return Filtered;
        return error.Status is 400 or 422
            && error.Mentions(
                "response_format", "json_schema", "output_config", "unsupported parameter", "extra inputs are not permitted")
            ? NoParameter : null;
    }

    private static ErrorVerdict OfStatus(int status) => status switch
    {
        401 or 403 => BadKey,
        402 => NoCredit,
        404 or 405 or 501 => NoModel,
        413 => TooLong,
        0 or 408 or 409 or 425 or 429 or >= 500 => Wait,
        _ => Rejected,
    };
}
