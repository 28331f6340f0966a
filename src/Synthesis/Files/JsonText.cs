using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace TurkishLlm.Synthesis.Files;

/// <summary>How this area writes JSON: keys with underscores, letters as they are and never as <c>\u0131</c>; unknown and missing keys are mistakes.</summary>
/// <remarks>Spec: SYN-03.</remarks>
public static class JsonText
{
    internal static JsonSerializerOptions Options { get; } = CreateOptions(indented: false);

    internal static JsonSerializerOptions IndentedOptions { get; } = CreateOptions(indented: true);

    /// <summary>One line of JSON.</summary>
    public static string Serialize<T>(T value) => JsonSerializer.Serialize(value, Options);

    /// <summary>Reads what <see cref="Serialize"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The text is something else; says what is wrong, and where it stands.</exception>
    public static T Deserialize<T>(string json, string location)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json, Options) ?? throw new JsonException("it is null");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{location}: {error.Message}", error);
        }
    }

    private static JsonSerializerOptions CreateOptions(bool indented) => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        AllowOutOfOrderMetadataProperties = true,
        WriteIndented = indented,
        NewLine = "\n",
    };
}
