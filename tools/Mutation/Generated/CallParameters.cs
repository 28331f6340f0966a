using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace TurkishLlm.Tools.Mutation.Generated;

/// <summary>Finds the parameters of the arguments of a call.</summary>
internal static class CallParameters
{
    /// <summary>Returns the parameter that receives an argument; null if the call is not resolved.</summary>
    public static IParameterSymbol? Of(ArgumentSyntax argument, SemanticModel model)
    {
        if (argument.Parent is not BaseArgumentListSyntax { Parent: { } call } list) return null;
        if (list is BracketedArgumentListSyntax || model.GetSymbolInfo(call).Symbol is not IMethodSymbol method) return null;
        if (argument.NameColon is { } named)
            return method.Parameters.FirstOrDefault(parameter => parameter.Name == named.Name.Identifier.Text);
        var index = list.Arguments.IndexOf(argument);
        return index < method.Parameters.Length
            ? method.Parameters[index]
            : method.Parameters.LastOrDefault(parameter => parameter.IsParams);
    }
}
