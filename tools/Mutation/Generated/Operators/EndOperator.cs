using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace TurkishLlm.Tools.Mutation.Generated.Operators;

/// <summary>Takes the last element in place of the first, and the reverse.</summary>
internal sealed class EndOperator : IMutationOperator
{
    /// <inheritdoc/>
    public IEnumerable<SourceEdit> Mutate(SyntaxNode node, SemanticModel model)
    {
        if (node is not ElementAccessExpressionSyntax { ArgumentList.Arguments: [{ Expression: var index }] } access) yield break;
        if (!HasEnd(model.GetTypeInfo(access.Expression).Type)) yield break;
        if (index.ToString() == "0") yield return new("first-last", index.Span, "^1");
        if (index.ToString() == "^1") yield return new("first-last", index.Span, "0");
    }

    private static bool HasEnd(ITypeSymbol? type) =>
        type is IArrayTypeSymbol { Rank: 1 } or { SpecialType: SpecialType.System_String }
            or INamedTypeSymbol { Name: "Span" or "ReadOnlySpan" or "List" or "IReadOnlyList" or "ImmutableArray" };
}
