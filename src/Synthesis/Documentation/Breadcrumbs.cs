namespace TurkishLlm.Synthesis.Documentation;

/// <summary>Parses breadcrumbs that are written as one line.</summary>
internal static class Breadcrumbs
{
    private static readonly string[] Separators = [" › ", " > ", " » ", " / "];

    /// <summary>Returns the steps of a breadcrumb; empty if the line is not one.</summary>
    public static List<string> Split(string line)
    {
        var separator = Separators.FirstOrDefault(mark => line.Contains(mark, StringComparison.Ordinal));
        return separator is null
            ? []
            : [.. line.Split(separator, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
    }
}
