using FluentAssertions;
using TurkishLlm.Synthesis.Generation;

namespace TurkishLlm.Tests.Unit.Synthesis;

/// <summary>Errors as services were reported to send them.</summary>
[Trait("Suite", "Fast")]
public sealed class ErrorVerdictTests
{
    private const FailureKind Stop = FailureKind.Fatal, Wait = FailureKind.Transient, LeaveOut = FailureKind.RequestRejected;

    [Theory]
    // OpenAI
    [InlineData(429, """{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}""", Stop)]
    [InlineData(429, """{"error":{"message":"Rate limit reached for gpt-5.2 on tokens per min (TPM): Limit 30000, Used 29000. Please try again in 1.2s.","type":"tokens","code":"rate_limit_exceeded"}}""", Wait)]
    [InlineData(429, """{"error":{"message":"Request too large for gpt-5.2 on tokens per min (TPM): Limit 30000, Requested 40000.","type":"tokens","code":"rate_limit_exceeded"}}""", LeaveOut)]
    [InlineData(400, """{"error":{"message":"Billing hard limit has been reached","type":"invalid_request_error","code":"billing_hard_limit_reached"}}""", Stop)]
    [InlineData(400, """{"error":{"message":"This model's maximum context length is 8192 tokens.","type":"invalid_request_error","code":"context_length_exceeded"}}""", LeaveOut)]
    [InlineData(400, """{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model.","code":"unsupported_parameter"}}""", Stop)]
    [InlineData(401, """{"error":{"message":"Incorrect API key provided: sk-…","code":"invalid_api_key"}}""", Stop)]
    [InlineData(404, """{"error":{"message":"The model `gpt-9` does not exist or you do not have access to it.","code":"model_not_found"}}""", Stop)]
    [InlineData(500, """{"error":{"message":"The server had an error processing your request","type":"server_error","code":null}}""", Wait)]
    // Anthropic
    [InlineData(400, """{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API."}}""", Stop)]
    [InlineData(400, """{"type":"error","error":{"type":"invalid_request_error","message":"You have reached your specified API usage limits. You will regain access on 2026-12-01."}}""", Stop)]
    [InlineData(400, """{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"}}""", LeaveOut)]
    [InlineData(403, """{"type":"error","error":{"type":"permission_error","message":"Your API key does not have permission"}}""", Stop)]
    [InlineData(413, """{"type":"error","error":{"type":"request_too_large","message":"Request exceeds the maximum size"}}""", LeaveOut)]
    [InlineData(429, """{"type":"error","error":{"type":"rate_limit_error","message":"This request would exceed your organization's rate limit"}}""", Wait)]
    [InlineData(529, """{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}""", Wait)]
    [InlineData(404, """{"type":"error","error":{"type":"not_found_error","message":"model: claude-x"}}""", Stop)]
    // Azure
    [InlineData(400, """{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy.","type":null,"code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{"hate":{"filtered":true}}}}}""", LeaveOut)]
    [InlineData(404, """{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}}""", Stop)]
    // OpenRouter
    [InlineData(402, """{"error":{"message":"This request requires more credits, or fewer max_tokens.","code":402}}""", Stop)]
    [InlineData(429, """{"error":{"message":"Provider returned error","code":429,"metadata":{"raw":"temporarily rate-limited upstream"}}}""", Wait)]
    [InlineData(403, """{"error":{"message":"Rate limit exceeded","code":"rate_limit_exceeded"}}""", Wait)]
    // LiteLLM, Gemini, Groq, DeepSeek, DashScope
    [InlineData(400, """{"error":{"message":"litellm.ContentPolicyViolationError: AzureException - filtered","type":null,"code":"400"}}""", LeaveOut)]
    [InlineData(500, """{"error":{"message":"litellm.APIError: OpenAIException - Error code: 429 - {'error': {'code': 'insufficient_quota'}}","code":"500"}}""", Stop)]
    [InlineData(429, """[{"error":{"code":429,"message":"You exceeded your current quota. Please retry in 34.07s.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"RetryInfo","retryDelay":"34s"}]}}]""", Wait)]
    [InlineData(400, """[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}]""", Stop)]
    [InlineData(402, """{"error":{"message":"Insufficient Balance","type":"unknown_error","code":"invalid_request_error"}}""", Stop)]
    [InlineData(400, """{"code":"Arrearage","message":"Access denied, insufficient balance.","request_id":"x"}""", Stop)]
    // llama.cpp, vLLM, Ollama, LM Studio
    [InlineData(503, """{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}""", Wait)]
    [InlineData(400, """{"error":{"code":400,"message":"the request exceeds the available context size.","type":"exceed_context_size_error","n_ctx":8192}}""", LeaveOut)]
    [InlineData(500, """{"error":{"code":500,"message":"Context size has been exceeded.","type":"server_error"}}""", LeaveOut)]
    [InlineData(400, """{"object":"error","message":"This model's maximum context length is 4096 tokens.","type":"BadRequestError","code":400}""", LeaveOut)]
    [InlineData(404, """{"object":"error","message":"The model `x` does not exist.","type":"NotFoundError","param":null,"code":404}""", Stop)]
    [InlineData(404, """{"error":{"message":"model \"llama9\" not found, try pulling it first","type":"api_error"}}""", Stop)]
    [InlineData(400, """{"error":"'response_format.type' must be 'json_schema' or 'text'"}""", Stop)]
    // Others
    [InlineData(422, """{"detail":[{"loc":["body","messages"],"msg":"field required","type":"value_error.missing"}]}""", LeaveOut)]
    [InlineData(502, "<html><head><title>502 Bad Gateway</title></head></html>", Wait)]
    [InlineData(405, """{"detail":"Method Not Allowed"}""", Stop)]
    [InlineData(400, "", LeaveOut)]
    [InlineData(402, "", Stop)]
    public void The_reason_in_the_body_decides(int status, string body, FailureKind kind)
    {
        var error = ServiceError.Read(status, body);
        ErrorVerdict.Of(error).Kind.Should().Be(kind, error.ToString());
        error.Message.Should().NotBeEmpty().And.NotContainAny("{\"", "\n");
    }

    [Theory]
    [InlineData(429, """{"error":{"message":"You exceeded your quota.","code":"insufficient_quota"}}""", "429 insufficient_quota: You exceeded your quota.")]
    [InlineData(502, "<html><head><title>502 Bad Gateway</title></head></html>", "502: 502 Bad Gateway")]
    [InlineData(429, """{"error":{"message":"Provider returned error","code":429,"metadata":{"raw":"shared pool is full"}}}""", "429: Provider returned error: shared pool is full")]
    [InlineData(500, "", "500: no reason given")]
    public void An_error_is_shown_as_a_sentence(int status, string body, string shown) =>
        ServiceError.Read(status, body).ToString().Should().Be(shown);

    [Fact]
    public void A_long_message_is_cut_between_letters()
    {
        var error = ServiceError.Read(400, new string('a', 399) + "😀" + new string('b', 50));
        error.Message.Should().Be(new string('a', 399) + "…");
    }
}
