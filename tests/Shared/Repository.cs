using System.Runtime.CompilerServices;

namespace TurkishLlm.Tests.Shared;

/// <summary>Where the sources are, for tests about them.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    private static string Find([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));
}
