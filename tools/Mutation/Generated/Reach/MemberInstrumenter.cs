using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;
using static System.FormattableString;

namespace TurkishLlm.Tools.Mutation.Generated.Reach;

/// <summary>
/// The bodies of a source: of methods, constructors, operators and accessors. Each has a number, and the instrumented source
/// marks the number when the body is entered.
/// </summary>
public sealed class MemberInstrumenter
{
    private static readonly CSharpParseOptions Options = new(LanguageVersion.Latest, DocumentationMode.None);
    private readonly SyntaxNode[] _bodies;
    private readonly string _text;

    /// <param name="text">The source.</param>
    public MemberInstrumenter(string text)
    {
        _text = text;
        _bodies =
        [
            .. CSharpSyntaxTree.ParseText(text, Options).GetRoot().DescendantNodes()
                .Where(node => node is BlockSyntax or ArrowExpressionClauseSyntax && IsMember(node.Parent!)),
        ];
    }

    /// <summary>Number of bodies.</summary>
    public int Count => _bodies.Length;

    /// <summary>Returns the number of the body that contains a place; null for an initializer or a declaration.</summary>
    public int? Find(TextSpan place) =>
        Array.FindIndex(_bodies, body => body.Span.Contains(place)) is >= 0 and var found ? found : null;

    /// <summary>Returns the source with a call at the start of every body.</summary>
    /// <param name="method">The method to call; its argument is the number of the body.</param>
    /// <param name="offset">Added to the numbers.</param>
    public string Instrument(string method, int offset)
    {
        var text = new StringBuilder(_text);
        // From the end, so that places before an edit stay where they are.
        for (var i = _bodies.Length - 1; i >= 0; i--)
        {
            var call = Invariant($" global::{method}({offset + i}); ");
            if (_bodies[i] is BlockSyntax block) text.Insert(block.OpenBraceToken.Span.End, call);
            else Replace(text, (ArrowExpressionClauseSyntax)_bodies[i], call);
        }
        return text.ToString();
    }

    private static bool IsMember(SyntaxNode parent) => parent is BaseMethodDeclarationSyntax or AccessorDeclarationSyntax
        or BasePropertyDeclarationSyntax;

    // The semicolon after the expression ends the statement.
    private static void Replace(StringBuilder text, ArrowExpressionClauseSyntax arrow, string call)
    {
        var isProperty = arrow.Parent is BasePropertyDeclarationSyntax;
        var returns = arrow.Expression is not ThrowExpressionSyntax && !IsVoid(arrow.Parent!);
        text.Insert(arrow.GetLastToken().GetNextToken().Span.End, isProperty ? " } }" : " }");
        text.Remove(arrow.ArrowToken.SpanStart, arrow.ArrowToken.Span.Length);
        text.Insert(arrow.ArrowToken.SpanStart, $"{(isProperty ? "{ get {" : "{")}{call}{(returns ? "return" : "")}");
    }

    private static bool IsVoid(SyntaxNode member) => member switch
    {
        MethodDeclarationSyntax method => IsVoid(method.ReturnType) || IsTask(method),
        ConstructorDeclarationSyntax or DestructorDeclarationSyntax => true,
        AccessorDeclarationSyntax accessor => !accessor.IsKind(SyntaxKind.GetAccessorDeclaration),
        _ => false,
    };

    private static bool IsVoid(TypeSyntax type) => type is PredefinedTypeSyntax { Keyword.RawKind: (int)SyntaxKind.VoidKeyword };

    private static bool IsTask(MethodDeclarationSyntax method) =>
        method.Modifiers.Any(SyntaxKind.AsyncKeyword)
        && method.ReturnType is IdentifierNameSyntax { Identifier.Text: "Task" or "ValueTask" };
}
