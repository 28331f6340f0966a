using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace TurkishLlm.Tools.Mutation.Generated.Operators;

/// <summary>
/// Calls the opposite: Max for Min, Last for First; and compares by the current culture in place of the invariant one or of the
/// characters.
/// </summary>
internal sealed class NameOperator : IMutationOperator
{
    /// <summary>The kind of mutants that only another culture shows.</summary>
    public const string Culture = "culture";

    private static readonly (string Kind, string One, string Other)[] Opposites =
    [
        ("min-max", "Min", "Max"), ("min-max", "MinBy", "MaxBy"), ("min-max", "min", "max"), ("min-max", "amin", "amax"),
        ("min-max", "minimum", "maximum"), ("min-max", "argmin", "argmax"), ("min-max", "Floor", "Ceiling"),
        ("first-last", "First", "Last"), ("first-last", "FirstOrDefault", "LastOrDefault"),
        ("first-last", "IndexOf", "LastIndexOf"), ("first-last", "IndexOfAny", "LastIndexOfAny"),
        ("first-last", "FindIndex", "FindLastIndex"), ("first-last", "StartsWith", "EndsWith"),
        ("first-last", "TrimStart", "TrimEnd"), ("order", "OrderBy", "OrderByDescending"),
        ("order", "ThenBy", "ThenByDescending"), ("any-all", "Any", "All"),
    ];

    private static readonly Dictionary<string, (string Kind, string Other)> Calls = Opposites
        .SelectMany(pair => new[] { (pair.One, pair.Kind, pair.Other), (One: pair.Other, pair.Kind, Other: pair.One) })
        .ToDictionary(entry => entry.One, entry => (entry.Kind, entry.Other), StringComparer.Ordinal);

    private static readonly Dictionary<string, string> ByCulture = new(StringComparer.Ordinal)
    {
        ["StringComparison.Ordinal"] = "StringComparison.CurrentCulture",
        ["StringComparison.OrdinalIgnoreCase"] = "StringComparison.CurrentCultureIgnoreCase",
        ["StringComparer.Ordinal"] = "StringComparer.CurrentCulture",
        ["StringComparer.OrdinalIgnoreCase"] = "StringComparer.CurrentCultureIgnoreCase",
        ["CultureInfo.InvariantCulture"] = "CultureInfo.CurrentCulture",
    };

    private static readonly Dictionary<string, string> Casing = new(StringComparer.Ordinal)
    {
        ["ToUpperInvariant"] = "ToUpper", ["ToLowerInvariant"] = "ToLower",
    };

    /// <inheritdoc/>
    public IEnumerable<SourceEdit> Mutate(SyntaxNode node, SemanticModel model)
    {
        if (node is MemberAccessExpressionSyntax access && ByCulture.TryGetValue(access.ToString(), out var culture))
            yield return new(Culture, access.Span, culture);
        if (node is not InvocationExpressionSyntax call || SyntaxNames.NameToken(call) is not { } name) yield break;
        if (Calls.TryGetValue(name.Identifier.Text, out var opposite))
            yield return new(opposite.Kind, name.Identifier.Span, opposite.Other);
        if (Casing.TryGetValue(name.Identifier.Text, out var casing)) yield return new(Culture, name.Identifier.Span, casing);
    }
}
