using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using TurkishLlm.Files;

namespace TurkishLlm.Server.Api;

/// <summary>Reads the JSON object of a request, within a limit of bytes.</summary>
internal static class RequestBody
{
    /// <exception cref="ApiException">The body is too large, or is not a JSON object.</exception>
    public static async Task<JsonDocument> ReadAsync(HttpContext context, long maxBytes)
    {
        var request = context.Request;
        // A page of another origin can send other types without asking the server first.
        if (!request.HasJsonContentType())
            throw new ApiException(
                415, $"The content type is {request.ContentType ?? "missing"}; send JSON with the header "
                    + "Content-Type: application/json.", code: "unsupported_media_type");
        if (request.ContentLength > maxBytes) throw TooLarge(maxBytes);
        using var bytes = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await request.Body.ReadAsync(buffer, context.RequestAborted)) > 0)
        {
            if (bytes.Length + read > maxBytes) throw TooLarge(maxBytes);
            bytes.Write(buffer, 0, read);
        }
        return Parse(bytes.ToArray());
    }

    private static JsonDocument Parse(byte[] bytes)
    {
        if (!Utf8.IsValid(bytes))
            throw ApiException.Invalid("The request is not valid UTF-8.", parameter: null, "invalid_json");
        JsonDocument json;
        try
        {
            json = StrictJson.Parse(bytes.AsMemory(), "The request");
        }
        catch (InvalidDataException error)
        {
            throw ApiException.Invalid(error.Message, parameter: null, "invalid_json");
        }
        if (json.RootElement.ValueKind == JsonValueKind.Object) return json;
        json.Dispose();
        throw ApiException.Invalid("The request is not a JSON object.", parameter: null, "invalid_json");
    }

    private static ApiException TooLarge(long maxBytes) => new(413, FormattableString.Invariant(
        $"The request has more than {maxBytes} bytes. Send a shorter text, or raise --max-body of the server."),
        code: "request_too_large");
}
