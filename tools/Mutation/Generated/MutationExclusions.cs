using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace TurkishLlm.Tools.Mutation.Generated;

/// <summary>
/// Places without mutants: a change there alters nothing that a test should notice, or the mutant could not be judged. Weak tests
/// are no reason.
/// </summary>
internal static class MutationExclusions
{
    private static readonly string[] HintParameters = ["capacity", "initialCapacity", "bufferSize"];

    /// <summary>Reasons, for the documentation.</summary>
    public static IReadOnlyList<(string What, string Reason)> Reasons { get; } =
    [
        ("arguments of exceptions", "the text of an error message is not behavior"),
        ("string literals", "texts for people; the tests of the command line compare the important ones"),
        ("attributes and `nameof`", "read by the compiler, analyzers or people"),
        ("`ArgumentNullException.ThrowIfNull`", "without it, the next line throws another exception"),
        ("`Debug.Assert`, `GC.SuppressFinalize`", "compiled away in a release, or a hint to the garbage collector"),
        ("`GetHashCode`", "every constant is correct"),
        ("initial capacities and buffer sizes", "a hint that changes speed only"),
        ("constants, values of enumerations and default arguments that other assemblies see",
            "the compiler copies them into those assemblies, which are not compiled again"),
        ("generated code", "written by a tool that has tests of its own"),
    ];

    /// <summary>Returns true for a node below which there are no mutants.</summary>
    public static bool IsExcluded(SyntaxNode node, SemanticModel model) => node switch
    {
        AttributeListSyntax => true,
        MethodDeclarationSyntax { Identifier.Text: "GetHashCode" } => true,
        EnumMemberDeclarationSyntax member => AssemblyVisibility.IsVisible(model.GetDeclaredSymbol(member), model.Compilation),
        FieldDeclarationSyntax field when field.Modifiers.Any(SyntaxKind.ConstKeyword) =>
            AssemblyVisibility.IsVisible(model.GetDeclaredSymbol(field.Declaration.Variables[0]), model.Compilation),
        EqualsValueClauseSyntax { Parent: ParameterSyntax parameter } =>
            AssemblyVisibility.IsVisible(model.GetDeclaredSymbol(parameter)?.ContainingSymbol, model.Compilation),
        ArgumentListSyntax { Parent: BaseObjectCreationExpressionSyntax creation } => IsException(creation, model),
        InvocationExpressionSyntax invocation => IsExcludedCall(invocation),
        ArgumentSyntax argument => IsHint(argument, model),
        InterpolationAlignmentClauseSyntax or InterpolationFormatClauseSyntax => true,
        _ => false,
    };

    private static bool IsException(BaseObjectCreationExpressionSyntax creation, SemanticModel model)
    {
        for (var type = model.GetTypeInfo(creation).Type; type is not null; type = type.BaseType)
            if (type is { Name: "Exception", ContainingNamespace.Name: "System" })
                return true;
        return false;
    }

    private static bool IsExcludedCall(InvocationExpressionSyntax invocation) => invocation.Expression switch
    {
        IdentifierNameSyntax { Identifier.Text: "nameof" } => true,
        MemberAccessExpressionSyntax access =>
            access.ToString() is "ArgumentNullException.ThrowIfNull" or "Debug.Assert" or "GC.SuppressFinalize",
        _ => false,
    };

    private static bool IsHint(ArgumentSyntax argument, SemanticModel model) =>
        HintParameters.Contains(
            argument.NameColon?.Name.Identifier.Text ?? CallParameters.Of(argument, model)?.Name ?? "",
            StringComparer.Ordinal);
}
