using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace TurkishLlm.Tools.Mutation.Generated.Operators;

/// <summary>Takes another property or field of the same type of the same object: the next one in the order of names.</summary>
internal sealed class MemberOperator : IMutationOperator
{
    /// <inheritdoc/>
    public IEnumerable<SourceEdit> Mutate(SyntaxNode node, SemanticModel model)
    {
        if (node is not IdentifierNameSyntax name || IsNoRead(name)) yield break;
        var symbol = model.GetSymbolInfo(name).Symbol;
        if (symbol is not (IPropertySymbol or IFieldSymbol) || symbol.IsStatic) yield break;
        if (symbol.ContainingType is not { IsTupleType: false } type || !IsOfSrc(type.ContainingAssembly)) yield break;
        var others = type.GetMembers().Where(other => IsLike(symbol, other)).Select(other => other.Name)
            .Order(StringComparer.Ordinal).ToArray();
        if (others.Length > 0)
            yield return new(
                "wrong-member", name.Span,
                others.FirstOrDefault(other => string.CompareOrdinal(other, symbol.Name) > 0, others[0]));
    }

    private static bool IsOfSrc(IAssemblySymbol assembly) =>
        assembly.Name.StartsWith("TurkishLlm.", StringComparison.OrdinalIgnoreCase)
        || assembly.Name.Equals("turkishllm", StringComparison.OrdinalIgnoreCase);

    // The name of an argument or of a member in an initializer or a pattern.
    private static bool IsNoRead(IdentifierNameSyntax name) =>
        name.Parent is NameColonSyntax or NameEqualsSyntax
        || (name.Parent is AssignmentExpressionSyntax { Parent: InitializerExpressionSyntax } assignment
            && assignment.Left == name);

    private static bool IsLike(ISymbol symbol, ISymbol other) =>
        other is IPropertySymbol { IsIndexer: false } or IFieldSymbol { IsImplicitlyDeclared: false }
        && !other.IsStatic
        && other.CanBeReferencedByName
        && !IsBehind(symbol, other)
        && other.DeclaredAccessibility >= symbol.DeclaredAccessibility
        && SymbolEqualityComparer.Default.Equals(TypeOf(symbol), TypeOf(other));

    // A field and the property that returns it, such as _count and Count.
    private static bool IsBehind(ISymbol symbol, ISymbol other) =>
        other.Name.TrimStart('_').Equals(symbol.Name.TrimStart('_'), StringComparison.OrdinalIgnoreCase);

    private static ITypeSymbol TypeOf(ISymbol symbol) =>
        symbol is IPropertySymbol property ? property.Type : ((IFieldSymbol)symbol).Type;
}
