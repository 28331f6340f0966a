using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace TurkishLlm.Tools.Mutation.Generated.Operators;

/// <summary>Names and texts of syntax.</summary>
internal static class SyntaxNames
{
    /// <summary>Returns the name of the method that a call names; empty for a call of another expression.</summary>
    public static string NameOf(InvocationExpressionSyntax call) => NameToken(call)?.Identifier.Text ?? "";

    /// <summary>Returns the name of the method that a call names.</summary>
    public static SimpleNameSyntax? NameToken(InvocationExpressionSyntax call) => call.Expression switch
    {
        MemberAccessExpressionSyntax access => access.Name,
        MemberBindingExpressionSyntax binding => binding.Name,
        SimpleNameSyntax name => name,
        _ => null,
    };

    /// <summary>Returns the text of an expression, in parentheses where an operator beside it could divide it.</summary>
    public static string Parenthesized(ExpressionSyntax expression) =>
        expression is SimpleNameSyntax or MemberAccessExpressionSyntax or InvocationExpressionSyntax
            or ElementAccessExpressionSyntax or ParenthesizedExpressionSyntax or LiteralExpressionSyntax
            ? expression.ToString()
            : $"({expression})";
}
