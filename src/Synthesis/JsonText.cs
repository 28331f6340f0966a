using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using TurkishLlm.Files;

namespace TurkishLlm.Synthesis;

/// <summary>
/// The JSON conventions of this project: snake_case keys, unescaped letters (never <c>\u0131</c>), and unknown or missing keys
/// are errors.
/// </summary>
/// <remarks>Spec: SYN-03.</remarks>
public static class JsonText
{
    internal static JsonSerializerOptions Options { get; } = CreateOptions(indented: false);

    internal static JsonSerializerOptions IndentedOptions { get; } = CreateOptions(indented: true);

    /// <summary>Serializes a value to one line of JSON.</summary>
    public static string Serialize<T>(T value) => JsonSerializer.Serialize(value, Options);

    /// <summary>Deserializes the output of <see cref="Serialize"/>.</summary>
    /// <exception cref="InvalidDataException">The text is invalid; the message gives the problem and the location.</exception>
    public static T Deserialize<T>(string json, string location) => StrictJson.Deserialize<T>(json, Options, location);

    /// <summary>Reads a file with one JSON value per line.</summary>
    /// <exception cref="InvalidDataException">A line is invalid; the message gives its number.</exception>
    public static IEnumerable<T> ReadLines<T>(string file)
    {
        var number = 0;
        foreach (var line in TextFile.ReadLines(file))
            yield return Deserialize<T>(line, string.Create(CultureInfo.InvariantCulture, $"{file}:{++number}"));
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
