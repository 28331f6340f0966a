namespace TurkishLlm.Synthesis.Documentation;

/// <summary>A way to a page that is written as one line.</summary>
internal static class Breadcrumbs
{
    private static readonly string[] Separators = [" › ", " > ", " » ", " / "];

    /// <summary>The steps of the way; none when the line is not one.</summary>
    public static List<string> Split(string line)
    {
        var separator = Separators.FirstOrDefault(mark => line.Contains(mark, StringComparison.Ordinal));
        return separator is null ? [] : [.. line.Split(separator, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
    }
}
