using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace TurkishLlm.Tools.Mutation.Generated;

/// <summary>Makes mutants of one kind.</summary>
public interface IMutationOperator
{
    /// <summary>Returns the edits of a node. An edit that does not compile is harmless: another mutant is drawn.</summary>
    /// <param name="node">Any node of a source.</param>
    /// <param name="model">The types of its file.</param>
    public IEnumerable<SourceEdit> Mutate(SyntaxNode node, SemanticModel model);
}

/// <summary>An edit of a source.</summary>
/// <param name="Operator">Name of the kind of edit, in kebab case.</param>
/// <param name="Span">The place.</param>
/// <param name="Replacement">The text to put there.</param>
public readonly record struct SourceEdit(string Operator, TextSpan Span, string Replacement);
