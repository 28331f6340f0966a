using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace TurkishLlm.Tools.Mutation.Generated.Operators;

/// <summary>Negates a condition, and exchanges &amp;&amp; and ||.</summary>
internal sealed class ConditionOperator : IMutationOperator
{
    /// <inheritdoc/>
    public IEnumerable<SourceEdit> Mutate(SyntaxNode node, SemanticModel model)
    {
        var condition = node switch
        {
            IfStatementSyntax statement => statement.Condition,
            WhileStatementSyntax loop => loop.Condition,
            DoStatementSyntax loop => loop.Condition,
            ConditionalExpressionSyntax choice => choice.Condition,
            WhenClauseSyntax clause => clause.Condition,
            _ => null,
        };
        if (condition is not null && !IsLeftToOthers(condition)) yield return Negate(condition);
        if (node is not BinaryExpressionSyntax { OperatorToken: var token }) yield break;
        if (token.IsKind(SyntaxKind.AmpersandAmpersandToken)) yield return new("and-or", token.Span, "||");
        if (token.IsKind(SyntaxKind.BarBarToken)) yield return new("and-or", token.Span, "&&");
    }

    // `while (true)`, and what ComparisonOperator negates.
    private static bool IsLeftToOthers(ExpressionSyntax condition) =>
        condition is LiteralExpressionSyntax
        || condition.IsKind(SyntaxKind.EqualsExpression)
        || condition.IsKind(SyntaxKind.NotEqualsExpression);

    private static SourceEdit Negate(ExpressionSyntax condition) =>
        new(
            "negated-condition", condition.Span,
            condition is PrefixUnaryExpressionSyntax { Operand: var operand } && condition.IsKind(SyntaxKind.LogicalNotExpression)
                ? operand.ToString()
                : $"!({condition})");
}
