using System.Text.Encodings.Web;
using System.Text.Json;

namespace TurkishLlm.Cli;

/// <summary>How well something is.</summary>
internal enum FindingKind
{
    Ok,
    Warn,
    Fail,
}

/// <summary>One line of a check-up.</summary>
/// <param name="Kind">How well it is.</param>
/// <param name="What">What was looked at.</param>
/// <param name="Found">What was seen there.</param>
/// <param name="Fix">What to do about it; empty where all is well.</param>
internal sealed record Finding(FindingKind Kind, string What, string Found, string Fix = "")
{
    private static readonly JsonWriterOptions Format = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Looks at something; what the user can mend is a finding and no exception.</summary>
    /// <param name="what">What is looked at.</param>
    /// <param name="look">Says what it saw.</param>
    public static Finding Of(string what, Func<string> look)
    {
        try
        {
            return new(FindingKind.Ok, what, look());
        }
        catch (Exception error) when (error is Model.ConfigurationException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return new(FindingKind.Fail, what, Show.RelativePaths(error.Message));
        }
    }

    /// <summary>Writes findings one below the other, each fix below its finding.</summary>
    public static void Write(Display display, IReadOnlyList<Finding> findings)
    {
        var width = findings.Max(finding => finding.What.Length);
        foreach (var (kind, what, found, fix) in findings)
        {
            display.Line($"{(kind == FindingKind.Ok ? "OK  " : kind == FindingKind.Warn ? "WARN" : "FAIL")}  {what.PadRight(width)}  {found.Replace("\n", $"\n{new string(' ', width + 8)}", StringComparison.Ordinal)}");
            if (fix.Length > 0) display.Line($"{new string(' ', width + 8)}→ {fix}");
        }
    }

    /// <summary>Writes findings for other programs.</summary>
    public static void WriteJson(TextWriter output, IReadOnlyList<Finding> findings)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Format))
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
