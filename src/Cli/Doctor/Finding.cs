using System.Text.Encodings.Web;
using System.Text.Json;
using TurkishLlm.Cli.Terminal;

namespace TurkishLlm.Cli.Doctor;

/// <summary>How well something is.</summary>
internal enum FindingSeverity
{
    Ok,
    Warn,
    Fail,
}

/// <summary>One line of a check-up.</summary>
/// <param name="Severity">How well it is.</param>
/// <param name="Name">What was looked at.</param>
/// <param name="Message">What was seen there.</param>
/// <param name="Fix">What to do about it; empty where all is well.</param>
internal sealed record Finding(FindingSeverity Severity, string Name, string Message, string Fix = "")
{
    private static readonly JsonWriterOptions JsonOptions = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Looks at something; what the user can mend is a finding and no exception.</summary>
    /// <param name="name">What is looked at.</param>
    /// <param name="check">Says what it saw.</param>
    public static Finding Check(string name, Func<string> check)
    {
        try
        {
            return new(FindingSeverity.Ok, name, check());
        }
        catch (Exception error) when (error is TurkishLlm.Model.ConfigurationException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return new(FindingSeverity.Fail, name, Format.RelativePaths(error.Message));
        }
    }

    /// <summary>Writes findings one below the other, each fix below its finding.</summary>
    public static void Write(Display display, IReadOnlyList<Finding> findings)
    {
        var width = findings.Max(finding => finding.Name.Length);
        foreach (var (kind, what, found, fix) in findings)
        {
            display.WriteLine($"{(kind == FindingSeverity.Ok ? "OK  " : kind == FindingSeverity.Warn ? "WARN" : "FAIL")}  {what.PadRight(width)}  {found.Replace("\n", $"\n{new string(' ', width + 8)}", StringComparison.Ordinal)}");
            if (fix.Length > 0) display.WriteLine($"{new string(' ', width + 8)}→ {fix}");
        }
    }

    /// <summary>Writes findings for other programs.</summary>
    public static void WriteJson(TextWriter output, IReadOnlyList<Finding> findings)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, JsonOptions))
        {
            json.WriteStartArray();
            foreach (var (kind, what, found, fix) in findings)
            {
                json.WriteStartObject();
                json.WriteString("status", kind.ToString().ToLowerInvariant());
                json.WriteString("what", what);
                json.WriteString("found", found);
                if (fix.Length > 0) json.WriteString("fix", fix);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        output.WriteLine(System.Text.Encoding.UTF8.GetString(stream.ToArray()));
    }
}
