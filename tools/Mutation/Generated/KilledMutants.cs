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

    /// <summary>Adds mutants that a requirement or test killed. A crash or a timeout may depend on the machine.</summary>
    public static void Add(IEnumerable<MutantTrial> trials) =>
        File.WriteAllText(
            FilePath,
            string.Concat(
                trials.Where(trial => trial.Status == MutantStatus.Killed)
                    .Select(trial => trial.Key)
                    .Union(Read())
                    .Order(StringComparer.Ordinal)
                    .Select(key => $"{key}\n")));
}
