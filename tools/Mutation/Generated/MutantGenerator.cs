using System.Security.Cryptography;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using TurkishLlm.Tools.Mutation.Generated.Operators;

namespace TurkishLlm.Tools.Mutation.Generated;

/// <summary>Makes every mutant of a source.</summary>
public static class MutantGenerator
{
    private const int KeyLength = 16;

    /// <summary>The operators.</summary>
    public static IReadOnlyList<IMutationOperator> Operators { get; } =
    [
        new ConstantOperator(), new ComparisonOperator(), new BoundOperator(), new SwapOperator(), new DropOperator(),
        new ConditionOperator(), new ArithmeticOperator(), new NameOperator(), new EndOperator(), new MemberOperator(),
        new TruncationOperator(),
    ];

    /// <summary>Returns the mutants of all projects of src.</summary>
    public static IReadOnlyList<GeneratedMutant> MutateAll() =>
        [.. SourceProject.Names.SelectMany(name => Mutate(SourceProject.Load(name)))];

    /// <summary>Returns the mutants of a project, in the order of its sources.</summary>
    public static IEnumerable<GeneratedMutant> Mutate(SourceProject project) =>
        project.Trees.SelectMany(tree => Mutate(tree, project.Compilation.GetSemanticModel(tree)));

    /// <summary>Returns the mutants of a source, in the order of their places. No two are the same edit.</summary>
    public static IEnumerable<GeneratedMutant> Mutate(SyntaxTree tree, SemanticModel model)
    {
        var source = tree.GetText();
        var counts = new Dictionary<(string Place, string Operator), int>();
        var places = new Dictionary<SyntaxNode, string>();
        return tree.GetRoot().DescendantNodes(node => !MutationExclusions.IsExcluded(node, model))
            .Where(node => !MutationExclusions.IsExcluded(node, model))
            .SelectMany(node => Operators.SelectMany(made => made.Mutate(node, model)).Select(edit => (Node: node, Edit: edit)))
            .DistinctBy(made => (made.Edit.Span, made.Edit.Replacement))
            .Select(made =>
            {
                var member = made.Node.AncestorsAndSelf().OfType<MemberDeclarationSyntax>().First();
                if (!places.TryGetValue(member, out var place)) places[member] = place = DescribePlace(tree.FilePath, member);
                var count = counts[(place, made.Edit.Operator)] = counts.GetValueOrDefault((place, made.Edit.Operator)) + 1;
                return new GeneratedMutant(
                    HashOf($"{place}\n{made.Edit.Operator}\n{count}"), tree.FilePath, made.Edit.Operator,
                    source.Lines.GetLinePosition(made.Edit.Span.Start).Line + 1, made.Edit.Span,
                    source.ToString(made.Edit.Span), made.Edit.Replacement);
            });
    }

    /// <summary>Returns a hash as hexadecimal digits.</summary>
    public static string HashOf(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..KeyLength];

    private static string DescribePlace(string file, MemberDeclarationSyntax member)
    {
        var types = member.Ancestors().OfType<BaseTypeDeclarationSyntax>().Select(type => type.Identifier.Text);
        var text = member is TypeDeclarationSyntax type ? HeaderOf(type) : member.DescendantTokens().Select(token => token.Text);
        return $"{file}\n{string.Join('.', types)}\n{string.Join(' ', text)}";
    }

    // The parameters of a type and what it passes to its base.
    private static IEnumerable<string> HeaderOf(TypeDeclarationSyntax type) =>
        type.DescendantTokens(node => node == type || node is not MemberDeclarationSyntax)
            .TakeWhile(token => token != type.OpenBraceToken)
            .Select(token => token.Text);
}
