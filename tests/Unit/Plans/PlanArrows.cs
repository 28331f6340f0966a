namespace TurkishLlm.Tests.Unit.Plans;

/// <summary>A plan or command, with the paths that it reads and writes.</summary>
internal sealed record PlanNodeFiles(string Name, IReadOnlyList<string> Reads, IReadOnlyList<string> Writes);

/// <summary>Follows the paths of plans from the one that writes a path to those that read it.</summary>
/// <param name="nodes">The plans and commands.</param>
/// <param name="sources">Paths that no plan writes and that exist, or that users bring.</param>
/// <param name="results">Paths that need no reader.</param>
internal sealed class PlanArrows(IReadOnlyList<PlanNodeFiles> nodes, Func<string, bool> sources, Func<string, bool> results)
{
    /// <summary>Returns what is wrong, as sentences.</summary>
    public IReadOnlyList<string> FindProblems() =>
    [
        .. from node in nodes
           from path in node.Reads
           where !sources(path) && !nodes.Any(other => Writes(other, path))
           select $"{node.Name} reads {path}, which nothing writes",
        .. from node in nodes
           from path in node.Writes
           where !results(path) && !nodes.Any(other => other.Reads.Any(read => IsAtOrBelow(read, path)))
           select $"{node.Name} writes {path}, which nothing reads",
        .. FindCycles(),
    ];

    private IEnumerable<string> FindCycles()
    {
        var left = nodes.ToList();
        while (left.Where(node => !node.Reads.Any(path => left.Any(other => Writes(other, path)))).ToArray() is
            {
                Length: > 0,
            } first)
            left.RemoveAll(first.Contains);
        return left.Count == 0 ? [] : [$"a cycle: {string.Join(", ", left.Select(node => node.Name))}"];
    }

    private static bool Writes(PlanNodeFiles node, string path) => node.Writes.Any(output => IsAtOrBelow(path, output));

    private static bool IsAtOrBelow(string path, string folder) =>
        path == folder || path.StartsWith(folder + "/", StringComparison.Ordinal);
}
