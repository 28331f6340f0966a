using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using TurkishLlm.Server.Protocol;

namespace TurkishLlm.Server.Api;

/// <summary>Writes replies of one JSON value.</summary>
internal static class JsonReply
{
    public static ErrorReply Describe(ApiException error) =>
        new(new(error.Message, error.Type) { Param = error.Parameter, Code = error.Code });

    public static Task WriteAsync(HttpContext context, ApiException error)
    {
        context.Response.StatusCode = error.Status;
        if (error.RetryAfter is { } seconds)
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        if (error.Status == 401) context.Response.Headers.WWWAuthenticate = "Bearer";
        // The rest of the body is not read, so the connection cannot be used again.
        if (error.Status is 413 or 415) context.Response.Headers.Connection = "close";
        return WriteAsync(context, Describe(error), ReplyJson.Readable.ErrorReply);
    }

    public static async Task WriteAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(value, type);
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }
}
