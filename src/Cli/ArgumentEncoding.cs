namespace TurkishLlm.Cli;

/// <summary>Finds arguments that are not UTF-8. .NET replaces their bytes by U+FFFD, which is not what was typed.</summary>
internal static class ArgumentEncoding
{
    /// <summary>Describes each argument with bytes that are not UTF-8.</summary>
    public static IReadOnlyList<string> FindInvalid(IEnumerable<string> arguments) =>
    [
        .. arguments
            .Where(argument => argument.Contains('\uFFFD', StringComparison.Ordinal) && !Path.Exists(argument))
            .Distinct()
            .Select(argument =>
                $"The argument {argument} is not UTF-8. If it names a file, rename the file, for example with: "
                + $"convmv -f ISO-8859-9 -t UTF-8 --notest -r {GetFolder(argument)}. If it is a text, use a UTF-8 terminal."),
    ];

    private static string GetFolder(string argument) =>
        Path.GetDirectoryName(argument) is { Length: > 0 } folder && !folder.Contains('\uFFFD', StringComparison.Ordinal)
            ? folder
            : ".";
}
