using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace TurkishLlm.Server.Api;

/// <summary>
/// What happens around every endpoint: the host and the key are checked, errors become error objects, and the request is counted
/// and logged, without its text.
/// </summary>
internal sealed partial class RequestPipeline(
    ServerParts parts, ServerMetrics metrics, EndpointTable endpoints, ILogger logger)
{
    private const int ClientLeft = 499;        // as nginx counts them

    private readonly byte[]? _keyHash = parts.Options.ApiKey is { } key ? Hash(key) : null;

    /// <summary>True while the last answers are finished; other requests are refused.</summary>
    public volatile bool IsStopping;

    public async Task RunAsync(HttpContext context)
    {
        var (started, path) = (parts.Clock.GetTimestamp(), endpoints.NameOf(context.Request.Path));
        int status;
        try
        {
            await RunEndpointAsync(context);
            status = context.Response.StatusCode;
        }
        catch (Exception error)
            when (error is ConnectionResetException or ConnectionAbortedException
                || (context.RequestAborted.IsCancellationRequested && error is OperationCanceledException or IOException))
        {
            status = ClientLeft;
        }
        catch (Exception error) when (!context.Response.HasStarted)
        {
            var reply = ApiException.Explain(error);
            status = reply.Status;
            if (reply.Code == ApiException.InternalError) LogFailure(logger, path, error);
            await JsonReply.WriteAsync(context, reply);
        }
        var (duration, facts) = (parts.Clock.GetElapsedTime(started), context.Features.Get<RequestFacts>());
        if (facts?.Failure is { } failure)
        {
            status = StatusCodes.Status500InternalServerError;
            LogFailure(logger, path, failure);
        }
        metrics.Record(path, status, duration, facts?.FirstToken);
        if (path is "/health" or "/metrics") return;
        LogRequest(
            logger, context.Request.Method, path, status, (long)duration.TotalMilliseconds, facts?.PromptTokens ?? 0,
            facts?.CompletionTokens ?? 0, (long)(facts?.FirstToken?.TotalMilliseconds ?? 0));
    }

    private Task RunEndpointAsync(HttpContext context)
    {
        RequireOwnHost(context);
        var endpoint = endpoints.Find(context.Request.Method, context.Request.Path);
        if (endpoint.NeedsKey) RequireKey(context);
        if (IsStopping && context.Request.Method == HttpMethods.Post)
            throw new ApiException(503, "The server is stopping and takes no further request.", code: "stopping")
            {
                RetryAfter = 5,
            };
        return endpoint.RunAsync(context);
    }

    private void RequireOwnHost(HttpContext context)
    {
        if (HttpHost.IsOwnName(parts.Options.Host, context)) return;
        throw new ApiException(
            403, "The server answers requests to this machine only, and the request names another host. To serve other machines, "
                + "start it with --host.", code: "wrong_host");
    }

    private void RequireKey(HttpContext context)
    {
        if (_keyHash is null) return;
        const string scheme = "Bearer ";
        var header = context.Request.Headers.Authorization.ToString();
        var sent = header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) ? header[scheme.Length..].Trim() : "";
        // Hashes have one length, so the time says nothing about the key.
        if (!CryptographicOperations.FixedTimeEquals(Hash(sent), _keyHash))
            throw new ApiException(
                401, sent.Length == 0
                    ? "The API key is missing. Send the header Authorization: Bearer KEY."
                    : "The API key is wrong. Use the key that the server was started with.",
                code: "invalid_api_key");
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "{Method} {Path} {Status} in {Milliseconds} ms; prompt {PromptTokens}, answer {CompletionTokens} tokens, "
            + "the first after {FirstToken} ms")]
    private static partial void LogRequest(
        ILogger logger, string method, string path, int status, long milliseconds, int promptTokens, int completionTokens,
        long firstToken);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Path} failed")]
    private static partial void LogFailure(ILogger logger, string path, Exception error);
}
