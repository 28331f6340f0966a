using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace TurkishLlm.Tools.Mutation.Generated.Operators;

/// <summary>Exchanges + and −, and * and /, also in updates; removes a sign.</summary>
internal sealed class ArithmeticOperator : IMutationOperator
{
    /// <inheritdoc/>
    public IEnumerable<SourceEdit> Mutate(SyntaxNode node, SemanticModel model)
    {
        var token = node switch
        {
            BinaryExpressionSyntax binary => binary.OperatorToken,
            AssignmentExpressionSyntax assignment => assignment.OperatorToken,
            PostfixUnaryExpressionSyntax update => update.OperatorToken,
            PrefixUnaryExpressionSyntax prefix => prefix.OperatorToken,
            _ => default,
        };
        if (node is PrefixUnaryExpressionSyntax { Operand: not LiteralExpressionSyntax and var operand }
            && token.IsKind(SyntaxKind.MinusToken))
            yield return new("dropped-sign", node.Span, SyntaxNames.Parenthesized(operand));
        var other = token.Kind() switch
        {
            SyntaxKind.PlusToken when node is BinaryExpressionSyntax => "-",
            SyntaxKind.MinusToken when node is BinaryExpressionSyntax => "+",
            SyntaxKind.AsteriskToken when node is BinaryExpressionSyntax => "/",
            SyntaxKind.SlashToken => "*",
            SyntaxKind.PlusEqualsToken => "-=",
            SyntaxKind.MinusEqualsToken => "+=",
            SyntaxKind.AsteriskEqualsToken => "/=",
            SyntaxKind.SlashEqualsToken => "*=",
            SyntaxKind.PlusPlusToken => "--",
            SyntaxKind.MinusMinusToken => "++",
            SyntaxKind.LessThanLessThanToken => ">>",
            SyntaxKind.GreaterThanGreaterThanToken => "<<",
            _ => null,
        };
        if (other is not null && IsNumeric(node, model)) yield return new("arithmetic", token.Span, other);
    }

    // Texts can be added but not subtracted; a path operator `/` of another type is no division.
    private static bool IsNumeric(SyntaxNode node, SemanticModel model) =>
        model.GetTypeInfo(node).Type is { SpecialType: not SpecialType.System_String, TypeKind: not TypeKind.Delegate };
}
