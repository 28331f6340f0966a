using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace TurkishLlm.Tools.Mutation.Generated.Operators;

/// <summary>Exchanges two arguments of one type, two indices, and two neighbors in a list of numbers such as a shape.</summary>
internal sealed class SwapOperator : IMutationOperator
{
    private const int LongestShape = 6;

    // The order of their arguments makes no difference.
    private static readonly HashSet<string> Symmetric = new(StringComparer.Ordinal)
    {
        "transpose", "transpose_", "swapaxes", "Min", "Max", "minimum", "maximum", "Equals", "ReferenceEquals", "SequenceEqual",
        "Add", "add", "mul", "HashCode", "Combine", "GreatestCommonDivisor",
    };

    /// <inheritdoc/>
    public IEnumerable<SourceEdit> Mutate(SyntaxNode node, SemanticModel model) => node switch
    {
        ArgumentListSyntax list when !IsSymmetric(list) => SwapArguments("swapped-arguments", list.Arguments, argument =>
            TypeOf(CallParameters.Of(argument, model)), allPairs: true),
        BracketedArgumentListSyntax { Parent: ElementAccessExpressionSyntax } list => SwapArguments(
            "swapped-indices", list.Arguments, argument => model.GetTypeInfo(argument.Expression).Type, allPairs: false),
        CollectionExpressionSyntax list when list.Elements.Count <= LongestShape => SwapNeighbors(
            [.. list.Elements.OfType<ExpressionElementSyntax>().Select(element => element.Expression)], model),
        InitializerExpressionSyntax { Expressions.Count: <= LongestShape } list
            when list.IsKind(SyntaxKind.ArrayInitializerExpression) => SwapNeighbors([.. list.Expressions], model),
        _ => [],
    };

    // The order of a list of texts, such as alternatives, makes no difference; that of axes does.
    private static ITypeSymbol? TypeOf(IParameterSymbol? parameter) =>
        parameter is { IsParams: true, Type: not IArrayTypeSymbol { ElementType.SpecialType: SpecialType.System_Int64 } }
            ? null
            : parameter?.Type;

    private static bool IsSymmetric(ArgumentListSyntax list) =>
        list.Parent is InvocationExpressionSyntax call && Symmetric.Contains(SyntaxNames.NameOf(call));

    private static IEnumerable<SourceEdit> SwapArguments(
        string name, SeparatedSyntaxList<ArgumentSyntax> arguments, Func<ArgumentSyntax, ITypeSymbol?> typeOf, bool allPairs)
    {
        if (arguments.Count < 2) yield break;
        ITypeSymbol?[] types = [.. arguments.Select(argument => argument.RefOrOutKeyword.RawKind == 0 ? typeOf(argument) : null)];
        for (var i = 0; i < arguments.Count; i++)
            for (var j = i + 1; j < (allPairs ? arguments.Count : Math.Min(arguments.Count, i + 2)); j++)
                if (types[i] is { TypeKind: not TypeKind.Error } && SymbolEqualityComparer.Default.Equals(types[i], types[j])
                    && Swap(name, arguments[i].Expression, arguments[j].Expression) is { } edit)
                    yield return edit;
    }

    private static IEnumerable<SourceEdit> SwapNeighbors(ExpressionSyntax[] elements, SemanticModel model)
    {
        for (var i = 0; i + 1 < elements.Length; i++)
            if (IsInteger(elements[i], model) && IsInteger(elements[i + 1], model)
                && Swap("swapped-axes", elements[i], elements[i + 1]) is { } edit)
                yield return edit;
    }

    private static SourceEdit? Swap(string name, ExpressionSyntax first, ExpressionSyntax second)
    {
        if (first.IsEquivalentTo(second, topLevel: false) || first.SyntaxTree != second.SyntaxTree) return null;
        var text = first.SyntaxTree.GetText();
        var between = text.ToString(TextSpan.FromBounds(first.Span.End, second.SpanStart));
        return new(name, TextSpan.FromBounds(first.SpanStart, second.Span.End), $"{second}{between}{first}");
    }

    private static bool IsInteger(ExpressionSyntax expression, SemanticModel model) =>
        model.GetTypeInfo(expression).Type?.SpecialType is SpecialType.System_Int32 or SpecialType.System_Int64;
}
