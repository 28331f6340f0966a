using System.Text.Json;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tools.Mutation.Generated;

/// <summary>Reads <c>equivalent-mutants.jsonl</c>: mutants that no test can kill, each with the argument in a line.</summary>
public static class EquivalentMutants
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web);

    /// <summary>Path of the file.</summary>
    public static string FilePath { get; } = Path.Combine(Repository.Root, "tools", "Mutation", "equivalent-mutants.jsonl");

    /// <summary>An entry.</summary>
    /// <param name="Key">Key of the mutant.</param>
    /// <param name="File">Path of its source.</param>
    /// <param name="Edit">The edit, for readers.</param>
    /// <param name="Reason">Why the mutant behaves like the original.</param>
    public sealed record Entry(string Key, string File, string Edit, string Reason);

    /// <summary>Returns the entries in the order of the file.</summary>
    public static IReadOnlyList<Entry> Read() =>
        File.Exists(FilePath)
            ? [.. File.ReadLines(FilePath).Where(line => line.Length > 0).Select(line =>
                JsonSerializer.Deserialize<Entry>(line, Format)!)]
            : [];
}
