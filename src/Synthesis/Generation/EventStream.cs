using System.Text.Json;
using System.Text.Json.Nodes;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>
/// Joins server-sent events into the body of a regular reply. Some gateways stream although no stream was requested.
/// </summary>
internal static class EventStream
{
    /// <summary>Returns true if a body consists of server-sent events.</summary>
    public static bool IsEventStream(string body) =>
        body.StartsWith("data:", StringComparison.Ordinal)
        || body.StartsWith("event:", StringComparison.Ordinal)
        || body.StartsWith(':');

    /// <summary>Joins the events of a stream.</summary>
    /// <exception cref="JsonException">An event is invalid JSON.</exception>
    public static JsonObject Join(string body)
    {
        var joined = new JsonObject();
        JsonObject? choice = null;
        var (text, anthropic, partial) = ("", "", "");
        foreach (var data in ReadEvents(body))
        {
            if (ServiceJson.ParseNode(data) is not JsonObject part) continue;
            foreach (var key in (string[])["error", "usage"]) if (part[key] is { } value) Merge(joined, key, value);
            if (part["message"] is JsonObject { } message && message["usage"] is { } first) Merge(joined, "usage", first);
            if (part["choices"] is JsonArray { Count: > 0 } choices && choices[0] is JsonObject news)
            {
                choice ??= [];
                if (news["finish_reason"] is { } reason) choice["finish_reason"] = reason.DeepClone();
                if (news["error"] is { } error) choice["error"] = error.DeepClone();
                if ((news["delta"] ?? news["message"]) is JsonObject delta) text += ReadText(delta["content"]);
            }
            if (part["delta"] is JsonObject change)
            {
                anthropic += ReadText(change["text"]);
                partial += ReadText(change["partial_json"]);
                if (change["stop_reason"] is { } stop) joined["stop_reason"] = stop.DeepClone();
            }
        }
        if (choice is not null)
        {
            choice["message"] = new JsonObject { ["role"] = "assistant", ["content"] = text };
            joined["choices"] = new JsonArray(choice);
        }
        else if (anthropic.Length + partial.Length > 0)
            joined["content"] = new JsonArray(
                new JsonObject { ["type"] = "text", ["text"] = anthropic.Length > 0 ? anthropic : partial });
        return joined;
    }

    private static IEnumerable<string> ReadEvents(string body) =>
        body.Split('\n')
            .Select(line => line.TrimEnd('\r'))
            .Where(line => line.StartsWith("data:", StringComparison.Ordinal))
            .Select(line => line["data:".Length..].Trim())
            .Where(data => data.Length > 0 && data != "[DONE]");

    private static string ReadText(JsonNode? node) => node switch
    {
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        JsonArray parts => string.Concat(parts.Select(part => ReadText(part?["text"]))),
        _ => "",
    };

    // Anthropic sends input tokens first and output tokens last.
    private static void Merge(JsonObject joined, string key, JsonNode value)
    {
        if (value is JsonObject members && joined[key] is JsonObject known)
            foreach (var (name, member) in members) known[name] = member?.DeepClone();
        else joined[key] = value.DeepClone();
    }
}
