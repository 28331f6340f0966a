using System.Text.Json;

namespace TurkishLlm.Tools.Mutation.Generated;

/// <summary>Reads mutants from a file of JSON lines: <c>{"id": …, "file": …, "find": …, "replace": …}</c>.</summary>
internal static class GivenMutants
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true,
    };

    private sealed record Line(string Id, string File, string Find, string Replace);

    /// <summary>Returns the mutants of a file.</summary>
    /// <exception cref="InvalidDataException">A text to find does not occur exactly once.</exception>
    public static IReadOnlyList<GeneratedMutant> Read(string path) =>
    [
        .. File.ReadLines(path)
            .Where(line => !string.IsNullOrWhiteSpace(line))
            .Select(line => JsonSerializer.Deserialize<Line>(line, Format)!)
            .Select(line => GeneratedRun.FromCatalog(new(line.Id, [], line.File, line.Find, line.Replace, ""))),
    ];
}
