using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace TurkishLlm.Cli.Terminal;

/// <summary>
/// Machine-readable output of commands: one JSON object, or one per line where there may be several. Errors and notes go to
/// standard error.
/// </summary>
internal static class JsonOutput
{
    private static readonly JsonSerializerOptions Compact = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly JsonSerializerOptions Indented = new(Compact) { WriteIndented = true, NewLine = "\n" };

    /// <summary>Creates the option <c>--json</c> of a command that prints one object.</summary>
    public static Option<bool> CreateOption() => new("--json") { Description = "Print JSON." };

    /// <summary>Creates the option <c>--json</c> of a command that prints an object per item.</summary>
    /// <param name="item">The item, such as "answer".</param>
    public static Option<bool> CreateLinesOption(string item) => new("--json")
    {
        Description = $"Print JSON lines, one object per {item}.",
    };

    /// <summary>Writes a document of several lines.</summary>
    public static void Write<T>(TextWriter output, T value) => output.WriteLine(JsonSerializer.Serialize(value, Indented));

    /// <summary>Writes one line.</summary>
    public static void WriteLine<T>(TextWriter output, T value)
    {
        output.WriteLine(JsonSerializer.Serialize(value, Compact));
        output.Flush();
    }

    /// <summary>Returns a number that JSON can hold; null for NaN and infinity.</summary>
    public static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;
}
