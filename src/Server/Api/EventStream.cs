using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using TurkishLlm.Server.Protocol;

namespace TurkishLlm.Server.Api;

/// <summary>Writes server-sent events. Several texts may write at once.</summary>
/// <param name="context">The request.</param>
internal sealed class EventStream(HttpContext context) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1);

    /// <summary>Starts the reply.</summary>
    public Task StartAsync()
    {
        var response = context.Response;
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache";
        response.Headers["X-Accel-Buffering"] = "no";        // nginx would otherwise collect the answer
        return response.StartAsync(context.RequestAborted);
    }

    public Task WriteAsync<T>(T value, JsonTypeInfo<T> type) =>
        WriteAsync([.. "data: "u8, .. JsonSerializer.SerializeToUtf8Bytes(value, type), .. "\n\n"u8]);

    /// <summary>Ends the reply as OpenAI does.</summary>
    public Task EndAsync() => WriteAsync("data: [DONE]\n\n"u8.ToArray());

    /// <summary>Reports an error after the reply has started.</summary>
    public Task WriteErrorAsync(ApiException error) => WriteAsync(JsonReply.Describe(error), ReplyJson.Readable.ErrorReply);

    public void Dispose() => _gate.Dispose();

    private async Task WriteAsync(byte[] bytes)
    {
        await _gate.WaitAsync(context.RequestAborted);
        try
        {
            await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
        finally
        {
            _gate.Release();
        }
    }
}
