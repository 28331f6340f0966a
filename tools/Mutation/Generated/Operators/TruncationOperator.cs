using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace TurkishLlm.Tools.Mutation.Generated.Operators;

/// <summary>Computes with 32 bits in place of 64.</summary>
internal sealed class TruncationOperator : IMutationOperator
{
    /// <inheritdoc/>
    public IEnumerable<SourceEdit> Mutate(SyntaxNode node, SemanticModel model)
    {
        switch (node)
        {
            case BinaryExpressionSyntax binary
                when IsArithmetic(binary) && binary.Parent is not BinaryExpressionSyntax && IsLong(binary, model)
                    && !model.GetConstantValue(binary).HasValue:
                yield return new("truncated", binary.Span, $"(long)unchecked((int)({binary}))");
                break;
            case CastExpressionSyntax { Parent: BinaryExpressionSyntax, Expression: var operand } cast
                when IsLong(cast, model) && model.GetTypeInfo(operand).Type?.SpecialType == SpecialType.System_Int32:
                yield return new("truncated", cast.Span, operand.ToString());
                break;
        }
    }

    private static bool IsArithmetic(BinaryExpressionSyntax binary) =>
        binary.IsKind(SyntaxKind.AddExpression)
        || binary.IsKind(SyntaxKind.SubtractExpression)
        || binary.IsKind(SyntaxKind.MultiplyExpression)
        || binary.IsKind(SyntaxKind.LeftShiftExpression);

    private static bool IsLong(ExpressionSyntax expression, SemanticModel model) =>
        model.GetTypeInfo(expression).Type?.SpecialType == SpecialType.System_Int64;
}
