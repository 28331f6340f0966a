using static System.FormattableString;

namespace TurkishLlm.Tools.Mutation.Generated;

/// <summary>
/// Draws mutants. Each project gets its share of the number, and at least <see cref="FewestOfProject"/>; within a project every
/// mutant is equally likely. The order of a project is that of the hashes of seed and key, so a draw is the same on every
/// machine, and a larger draw includes a smaller one with the same seed.
/// </summary>
public static class MutantDraw
{
    /// <summary>The least number of mutants of a project.</summary>
    public const int FewestOfProject = 3;

    /// <summary>Returns how many mutants of each project are drawn.</summary>
    /// <param name="sizes">Number of all mutants of each project.</param>
    /// <param name="count">Number to draw; rounding up and the least number may exceed it.</param>
    /// <param name="only">Projects to draw the number from, each; empty for a share of all projects.</param>
    public static IReadOnlyDictionary<string, int> SharesOf(
        IReadOnlyDictionary<string, int> sizes, int count, IReadOnlyList<string> only)
    {
        if (only.Count > 0)
            return only.ToDictionary(project => project, project => Math.Min(sizes[project], count), StringComparer.Ordinal);
        var all = sizes.Values.Sum(size => (long)size);
        return sizes.ToDictionary(
            project => project.Key,
            project => (int)Math.Min(
                project.Value, Math.Max(FewestOfProject, ((long)count * project.Value + all - 1) / all)),
            StringComparer.Ordinal);
    }

    /// <summary>Returns the mutants of a project in the order in which they are drawn.</summary>
    public static IEnumerable<GeneratedMutant> Order(IEnumerable<GeneratedMutant> mutants, long seed) =>
        mutants
            .DistinctBy(mutant => mutant.Key)
            .OrderBy(mutant => MutantGenerator.HashOf(Invariant($"{seed}\n{mutant.Key}")), StringComparer.Ordinal)
            .ThenBy(mutant => mutant.Key, StringComparer.Ordinal);
}
