using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace TurkishLlm.Tools.Mutation.Generated.Operators;

/// <summary>
/// Moves indices, ends of ranges, bounds of loops and the numbers of slices by one. Literals are left to
/// <see cref="ConstantOperator"/>.
/// </summary>
internal sealed class BoundOperator : IMutationOperator
{
    private static readonly HashSet<string> Slices = new(StringComparer.Ordinal)
    {
        "Slice", "AsSpan", "AsMemory", "Substring", "Take", "Skip", "TakeLast", "SkipLast", "GetRange", "RemoveRange", "CopyTo",
        "Range", "Repeat", "ElementAt", "RemoveAt", "Insert", "narrow", "select", "arange", "Next", "Clamp",
    };

    /// <inheritdoc/>
    public IEnumerable<SourceEdit> Mutate(SyntaxNode node, SemanticModel model)
    {
        switch (node)
        {
            case BracketedArgumentListSyntax { Parent: ElementAccessExpressionSyntax } list:
                foreach (var argument in list.Arguments)
                    foreach (var edit in Move("index", argument.Expression, model))
                        yield return edit;
                break;
            case RangeExpressionSyntax range:
                foreach (var end in new[] { range.LeftOperand, range.RightOperand })
                    foreach (var edit in Move("range", end, model, parenthesized: true))
                        yield return edit;
                break;
            case PrefixUnaryExpressionSyntax fromEnd when fromEnd.IsKind(SyntaxKind.IndexExpression):
                foreach (var edit in Move("index", fromEnd.Operand, model, parenthesized: true))
                    yield return edit;
                break;
            case ForStatementSyntax loop:
                if (loop.Condition is BinaryExpressionSyntax condition)
                    foreach (var edit in Move("loop-bound", condition.Right, model))
                        yield return edit;
                foreach (var variable in loop.Declaration?.Variables ?? default)
                    foreach (var edit in Move("loop-bound", variable.Initializer?.Value, model))
                        yield return edit;
                break;
            case ArgumentSyntax { Parent: ArgumentListSyntax { Parent: InvocationExpressionSyntax call } } argument
                when Slices.Contains(SyntaxNames.NameOf(call)):
                foreach (var edit in Move("slice", argument.Expression, model)) yield return edit;
                break;
        }
    }

    private static IEnumerable<SourceEdit> Move(
        string kind, ExpressionSyntax? bound, SemanticModel model, bool parenthesized = false)
    {
        if (bound is null or LiteralExpressionSyntax) yield break;
        if (bound is PrefixUnaryExpressionSyntax { Operand: LiteralExpressionSyntax }) yield break;
        if (model.GetTypeInfo(bound).Type?.SpecialType is not (SpecialType.System_Int32 or SpecialType.System_Int64)) yield break;
        var text = SyntaxNames.Parenthesized(bound);
        yield return new($"{kind}-plus-1", bound.Span, parenthesized ? $"({text} + 1)" : $"{text} + 1");
        yield return new($"{kind}-minus-1", bound.Span, parenthesized ? $"({text} - 1)" : $"{text} - 1");
    }
}
