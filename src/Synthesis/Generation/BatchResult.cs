using System.Globalization;
using System.Text.Json;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>Reads a line of the results of a batch.</summary>
internal static class BatchResult
{
    /// <summary>Returns the request and the attempt that a line is about; ("", 0) if the line does not name them.</summary>
    public static (string Request, int Attempt) ReadKey(string line)
    {
        try
        {
            using var json = ServiceJson.Parse(line);
            return ParseKey(ReplyBody.GetString(json.RootElement, "custom_id"));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return ("", 0);
        }
    }

    /// <summary>Splits the key of an attempt.</summary>
    public static (string Request, int Attempt) ParseKey(string? key) =>
        key?.Split('-') is [{ Length: > 0 } name, var number]
        && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var attempt)
            ? (name, attempt) : ("", 0);

    /// <summary>Reads the reply or the error of a line. Nothing in it makes this method throw.</summary>
    public static ModelReply Read(string line)
    {
        try
        {
            using var json = ServiceJson.Parse(line);
            var root = json.RootElement;
            if (ReplyBody.Get(root, "result") is { } result) return ReadResult(result);
            if (ReplyBody.Get(root, "response") is { ValueKind: JsonValueKind.Object } response)
                return ReadStatus(response) is var status && status is >= 200 and < 300
                    ? ReadReplyBody(response)
                    : ModelReply.Failed(ServiceError.Read(status, ReplyBody.Get(response, "body") ?? response));
            return ReplyBody.Get(root, "error") is { } error ? ModelReply.Failed(ServiceError.Read(0, error))
                : ModelReply.Damaged("the result has neither a response nor an error");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return ModelReply.Damaged($"the line is not a result: {error.Message}");
        }
    }

    private static ModelReply ReadResult(JsonElement result) =>
        ReplyBody.GetString(result, "type") switch
        {
            "succeeded" when ReplyBody.Get(result, "message") is { } message => ReplyBody.Read(message),
            "errored" => ModelReply.Failed(ServiceError.Read(0, ReplyBody.Get(result, "error") ?? result)),
            "expired" => ModelReply.Failed(new(0, ["expired"], "the batch expired before this request was processed")),
            "canceled" => ModelReply.Failed(new(0, ["canceled"], "the batch was canceled before this request was processed")),
            var other => ModelReply.Damaged($"the result has the unknown type {ReplyBody.Show(other)}"),
        };

    private static ModelReply ReadReplyBody(JsonElement response) =>
        ReplyBody.Get(response, "body") is { } body ? ReplyBody.Read(body) : ModelReply.Damaged("the result has no body");

    private static int ReadStatus(JsonElement response) =>
        ReplyBody.Get(response, "status_code") is { ValueKind: JsonValueKind.Number } status && status.TryGetInt32(out var code)
            ? code : 0;
}
