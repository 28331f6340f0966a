using TurkishLlm.Cli.Terminal;

namespace TurkishLlm.Cli.Doctor;

/// <summary>Severity of a finding.</summary>
internal enum FindingSeverity
{
    Ok,
    Warn,
    Fail,
}

/// <summary>Result of one check.</summary>
/// <param name="Severity">Severity.</param>
/// <param name="Name">What was checked.</param>
/// <param name="Message">Result of the check.</param>
/// <param name="Fix">Suggested fix; empty if there is no problem.</param>
internal sealed record Finding(FindingSeverity Severity, string Name, string Message, string Fix = "")
{
    /// <summary>Runs a check. Errors that the user can fix become findings.</summary>
    /// <param name="name">What is checked.</param>
    /// <param name="check">Returns the message of a successful check.</param>
    public static Finding Check(string name, Func<string> check)
    {
        try
        {
            return new(FindingSeverity.Ok, name, check());
        }
        catch (Exception error)
            when (error
                    is TurkishLlm.Model.ConfigurationException
                        or InvalidDataException
                        or IOException
                        or UnauthorizedAccessException)
        {
            return new(FindingSeverity.Fail, name, Format.RelativePaths(error.Message));
        }
    }

    /// <summary>Writes one finding per line, each followed by its fix.</summary>
    public static void Write(Display display, IReadOnlyList<Finding> findings)
    {
        var width = findings.Max(finding => finding.Name.Length);
        foreach (var (severity, name, message, fix) in findings)
        {
            var label = severity.ToString().ToUpperInvariant().PadRight(4);
            var indented = display.NameProgram(message)
                .Replace("\n", $"\n{new string(' ', width + 8)}", StringComparison.Ordinal);
            display.WriteLine($"{label}  {name.PadRight(width)}  {indented}");
            if (fix.Length > 0) display.WriteLine($"{new string(' ', width + 8)}→ {display.NameProgram(fix)}");
        }
    }

    /// <summary>Writes findings as JSON lines, one object per finding.</summary>
    public static void WriteJson(Display display, IReadOnlyList<Finding> findings)
    {
        foreach (var (severity, name, message, fix) in findings)
        {
            JsonOutput.WriteLine(display.Output, new
            {
                Status = severity.ToString().ToLowerInvariant(),
                Name = name,
                Message = display.NameProgram(message),
                Fix = fix.Length > 0 ? display.NameProgram(fix) : null,
            });
        }
    }
}
