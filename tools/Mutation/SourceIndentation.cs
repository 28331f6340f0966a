namespace TurkishLlm.Tools.Mutation;

internal static class SourceIndentation
{
    /// <summary>Lines after the first set in by as many spaces, as they stand in the file.</summary>
    /// <param name="text">A raw literal.</param>
    /// <param name="spaces">How far its lines are set in.</param>
    /// <param name="first">True when the first line is set in too.</param>
    public static string Indent(this string text, int spaces, bool first = false) =>
        (first ? new string(' ', spaces) : "") + text.ReplaceLineEndings("\n" + new string(' ', spaces));
}
