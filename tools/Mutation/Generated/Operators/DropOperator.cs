using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace TurkishLlm.Tools.Mutation.Generated.Operators;

/// <summary>Drops a call, an assignment, an update or a lock; calls without waiting for the end.</summary>
internal sealed class DropOperator : IMutationOperator
{
    private static readonly HashSet<string> WritesToDisk =
        new(["Flush", "Fsync", "Sync", "FlushAsync", "FlushToDisk", "Commit"], StringComparer.Ordinal);

    /// <inheritdoc/>
    public IEnumerable<SourceEdit> Mutate(SyntaxNode node, SemanticModel model)
    {
        switch (node)
        {
            case ExpressionStatementSyntax statement
                when !MutationExclusions.IsExcluded(statement.Expression, model) && !DeclaresVariables(statement.Expression):
                yield return new(KindOf(statement.Expression), statement.Span, ";");
                if (statement.Expression is AwaitExpressionSyntax awaited)
                    yield return new("dropped-await", awaited.Span, awaited.Expression.ToString());
                break;
            case LockStatementSyntax locked:
                yield return new("dropped-lock", locked.Span, locked.Statement.ToString());
                break;
        }
    }

    // Without the statement, the variables would not exist.
    private static bool DeclaresVariables(ExpressionSyntax expression) =>
        expression is AssignmentExpressionSyntax { Left: var left }
        && left.DescendantNodesAndSelf().OfType<DeclarationExpressionSyntax>().Any();

    private static string KindOf(ExpressionSyntax expression) => expression switch
    {
        AwaitExpressionSyntax awaited => KindOf(awaited.Expression),
        ConditionalAccessExpressionSyntax conditional => KindOf(conditional.WhenNotNull),
        InvocationExpressionSyntax call when WritesToDisk.Contains(SyntaxNames.NameOf(call)) => "dropped-flush",
        AssignmentExpressionSyntax { Right: var value } when expression.IsKind(SyntaxKind.SimpleAssignmentExpression) =>
            IsReset(value) ? "dropped-reset" : "dropped-assignment",
        AssignmentExpressionSyntax or PostfixUnaryExpressionSyntax or PrefixUnaryExpressionSyntax => "dropped-update",
        _ => "dropped-call",
    };

    private static bool IsReset(ExpressionSyntax value) =>
        value is LiteralExpressionSyntax or CollectionExpressionSyntax { Elements.Count: 0 } or DefaultExpressionSyntax
            or PrefixUnaryExpressionSyntax { Operand: LiteralExpressionSyntax };
}
