using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tools.Mutation.Generated;

/// <summary>Finds what other assemblies see.</summary>
internal static class AssemblyVisibility
{
    private static readonly ConcurrentDictionary<string, bool> Friends = new(StringComparer.Ordinal);

    /// <summary>Returns true if another assembly can name a symbol; also if it is unresolved.</summary>
    public static bool IsVisible(ISymbol? symbol, Compilation compilation)
    {
        if (symbol is null) return true;
        var internalsAreVisible = Friends.GetOrAdd(compilation.AssemblyName!, HasFriends);
        for (ISymbol? container = symbol; container is not null and not INamespaceSymbol; container = container.ContainingSymbol)
            switch (container.DeclaredAccessibility)
            {
                case Accessibility.Private:
                case Accessibility.Internal or Accessibility.ProtectedAndInternal when !internalsAreVisible:
                    return false;
            }
        return true;
    }

    private static bool HasFriends(string assembly)
    {
        var name = assembly.Split('.')[^1];
        var project = Path.Combine(Repository.Root, "src", name, $"{name}.csproj");
        return File.Exists(project) && File.ReadAllText(project).Contains("<InternalsVisibleTo", StringComparison.Ordinal);
    }
}
