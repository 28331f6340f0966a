using Microsoft.CodeAnalysis.Text;

namespace TurkishLlm.Tools.Mutation.Generated;

/// <summary>A mutant that an operator makes: an edit of one place.</summary>
/// <param name="Key">
/// Hash of the place and the edit: file, enclosing types, text of the enclosing member without spaces and comments, operator, and
/// the number of the edit among those of the operator in the member. Other edits of the file leave it unchanged.
/// </param>
/// <param name="File">Path of the source, relative to the root of the repository.</param>
/// <param name="Operator">Name of the operator.</param>
/// <param name="Line">Line of the place, from 1.</param>
/// <param name="Span">The place.</param>
/// <param name="Original">Its text.</param>
/// <param name="Replacement">The text that the operator puts there.</param>
public sealed record GeneratedMutant(
    string Key, string File, string Operator, int Line, TextSpan Span, string Original, string Replacement)
{
    /// <summary>The project, such as <c>src/Data</c>.</summary>
    public string Project => MutantCompiler.ProjectOf(File);

    /// <summary>Returns the source with the mutant.</summary>
    public string ApplyTo(string source) =>
        string.Concat(source.AsSpan(0, Span.Start), Replacement, source.AsSpan(Span.End));
}
