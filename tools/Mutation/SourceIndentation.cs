namespace TurkishLlm.Tools.Mutation;

internal static class SourceIndentation
{
    /// <summary>Indents the lines after the first, as they are in the file.</summary>
    /// <param name="text">A raw string literal.</param>
    /// <param name="spaces">Number of spaces.</param>
    /// <param name="first">True to indent the first line too.</param>
    public static string Indent(this string text, int spaces, bool first = false) =>
        (first ? new string(' ', spaces) : "") + text.ReplaceLineEndings("\n" + new string(' ', spaces));
}
