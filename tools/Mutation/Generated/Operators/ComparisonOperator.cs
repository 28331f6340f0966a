using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace TurkishLlm.Tools.Mutation.Generated.Operators;

/// <summary>Moves the bound of a comparison by one, and exchanges == and !=.</summary>
internal sealed class ComparisonOperator : IMutationOperator
{
    /// <inheritdoc/>
    public IEnumerable<SourceEdit> Mutate(SyntaxNode node, SemanticModel model)
    {
        var token = node switch
        {
            BinaryExpressionSyntax binary => binary.OperatorToken,
            RelationalPatternSyntax pattern => pattern.OperatorToken,
            _ => default,
        };
        var other = token.Kind() switch
        {
            SyntaxKind.LessThanToken => "<=",
            SyntaxKind.LessThanEqualsToken => "<",
            SyntaxKind.GreaterThanToken => ">=",
            SyntaxKind.GreaterThanEqualsToken => ">",
            SyntaxKind.EqualsEqualsToken => "!=",
            SyntaxKind.ExclamationEqualsToken => "==",
            _ => null,
        };
        if (other is not null) yield return new("comparison", token.Span, other);
    }
}
