namespace TurkishLlm.Cli;

/// <summary>Finds arguments that are not UTF-8. .NET has replaced their bytes by U+FFFD before the program sees them.</summary>
internal static class InvalidArgument
{
    /// <summary>Returns a message for the first such argument, or null.</summary>
    public static string? Find(IEnumerable<string> arguments) =>
        arguments.FirstOrDefault(IsInvalid) is { } found
            ? $"The argument {found} is not UTF-8. If it names a file, rename the file, for example with: convmv -f ISO-8859-9 "
                + "-t UTF-8 --notest FILE. If it is text, type it in a UTF-8 terminal, or give it in a file."
            : null;

    // U+FFFD may really be in a name.
    private static bool IsInvalid(string argument) =>
        argument.Contains('\uFFFD', StringComparison.Ordinal) && !File.Exists(argument) && !Directory.Exists(argument);
}
