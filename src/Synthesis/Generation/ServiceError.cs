using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>An error that a service reports, in any of the formats that services use.</summary>
/// <param name="Status">The HTTP status, or the status that the body gives; 0 if neither is an error.</param>
/// <param name="Codes">All codes and types in the error, in lowercase, most specific first.</param>
/// <param name="Message">The message.</param>
public sealed partial record ServiceError(int Status, IReadOnlyList<string> Codes, string Message)
{
    private const int MaxMessageLength = 400, MaxDepth = 6;

    private static readonly string[] CodeKeys = ["code", "type", "status", "reason"],
        MessageKeys = ["message", "detail", "error_description", "msg", "raw"];

    /// <summary>The delay that the error asks for; null if it gives none.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Reads the error of a response with an error status.</summary>
    public static ServiceError Read(int status, string body)
    {
        ArgumentNullException.ThrowIfNull(body);
        try
        {
            using var json = ServiceJson.Parse(body);
            return Read(status, json.RootElement);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            var title = TitleRegex().Match(body);
            return Create(status, [], title.Success ? title.Groups[1].Value : body);
        }
    }

    /// <summary>Reads an error from JSON.</summary>
    public static ServiceError Read(int status, JsonElement error)
    {
        var (codes, messages) = (new List<string>(), new List<string>());
        try
        {
            Collect(error, "", codes, messages, 0);
        }
        catch (InvalidOperationException)
        {
            messages.Add("the message has a lone surrogate");
        }
        var own = status is 0 or 200
            ? codes.Select(code => int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 0)
                .FirstOrDefault(n => n is >= 400 and < 600)
            : status;
        // A gateway repeats the message of its service, often as JSON inside its own message.
        var message = messages.Distinct().DefaultIfEmpty(error.GetRawText());
        return Create(
            own, [.. codes.Where(code => !int.TryParse(code, CultureInfo.InvariantCulture, out _)).Distinct()],
            message.Aggregate((a, b) => $"{a}{(a.EndsWith('.') ? " " : ": ")}{b}"));
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var reasons = (Status > 0 ? [Status.ToString(CultureInfo.InvariantCulture)] : Array.Empty<string>())
            .Concat(Codes.Take(1));
        return string.Join(" ", reasons) is { Length: > 0 } known ? $"{known}: {Message}" : Message;
    }

    internal bool Mentions(params ReadOnlySpan<string> phrases)
    {
        foreach (var phrase in phrases) if (Message.Contains(phrase, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }

    // A message may itself be an error in JSON, so codes are searched in it as well.
    internal bool HasCode(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (Codes.Contains(name) || Message.Contains($"\"{name}\"", StringComparison.OrdinalIgnoreCase)
                || Message.Contains($"'{name}'", StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }

    private static ServiceError Create(int status, IReadOnlyList<string> codes, string message)
    {
        var text = WhiteSpaceRegex().Replace(message, " ").Trim();
        if (text.Length == 0) text = "no reason given";
        return new(status, codes, text.Length <= MaxMessageLength ? text : string.Concat(Cut(text), "…"))
        {
            RetryAfter = RateLimitHeaders.FindDelay(text),
        };
    }

    private static string Cut(string text) =>
        text[..(char.IsHighSurrogate(text[MaxMessageLength - 1]) ? MaxMessageLength - 1 : MaxMessageLength)];

    private static void Collect(JsonElement element, string key, List<string> codes, List<string> messages, int depth)
    {
        if (depth > MaxDepth) return;
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                // Inner errors are more specific: "innererror" of Azure, "metadata" of OpenRouter, "details" of Google.
                foreach (var member in element.EnumerateObject().Where(member => !IsScalar(member.Value)))
                    Collect(member.Value, member.Name, codes, messages, depth + 1);
                foreach (var name in CodeKeys)
                    if (element.TryGetProperty(name, out var code) && IsScalar(code)) AddCode(code, codes);
                foreach (var name in MessageKeys)
                    if (element.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String)
                        messages.Insert(0, text.GetString()!);
                if (element.TryGetProperty("error", out var named) && named.ValueKind == JsonValueKind.String)
                    messages.Insert(0, named.GetString()!);
                if (element.TryGetProperty("retryDelay", out var delay) && delay.ValueKind == JsonValueKind.String)
                    messages.Add($"retry in {delay.GetString()}");
                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray()) Collect(item, key, codes, messages, depth + 1);
                break;
            case JsonValueKind.String when depth == 0 || key is "errors":
                messages.Add(element.GetString()!);
                break;
        }
    }

    private static bool IsScalar(JsonElement element) => element.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array);

    private static void AddCode(JsonElement code, List<string> codes)
    {
        var text = code.ValueKind switch
        {
            JsonValueKind.String => code.GetString()!,
            JsonValueKind.Number => code.GetRawText(),
            _ => "",
        };
        if (text.Length is > 0 and < 80 && text is not "error") codes.Add(text.ToLowerInvariant());
    }

    [GeneratedRegex(@"<title>\s*([^<]+?)\s*</title>", RegexOptions.IgnoreCase)]
    private static partial Regex TitleRegex();

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpaceRegex();
}
