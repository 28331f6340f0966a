using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tools.Mutation.Generated;

/// <summary>
/// Reads and writes <c>killed-mutants.txt</c>: keys of mutants that a recorded run killed. One of them that survives later is a
/// regression of the tests.
/// </summary>
internal static class KilledMutants
{
    /// <summary>Path of the file.</summary>
    public static string FilePath { get; } = Path.Combine(Repository.Root, "tools", "Mutation", "killed-mutants.txt");

    /// <summary>Returns the keys.</summary>
    public static IReadOnlySet<string> Read() =>
        File.Exists(FilePath)
            ? File.ReadLines(FilePath).Where(line => line.Length > 0).ToHashSet(StringComparer.Ordinal)
            : new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Adds keys.</summary>
    public static void Add(IEnumerable<string> keys) =>
        File.WriteAllText(
            FilePath, string.Concat(Read().Union(keys).Order(StringComparer.Ordinal).Select(key => $"{key}\n")));
}
