using System.Text.Json;
using TurkishLlm.Kernels;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tools.Mutation.Generated;

namespace TurkishLlm.Tools.Mutation;

/// <summary>
/// Judges the specification under the reference plan (CPU, float32) until a requirement fails. Runs in its own process, in the
/// folder of the assembly with the bug, and prints a line before each requirement, so that a timeout has a name.
/// </summary>
internal static class FastSuite
{
    /// <summary>The argument of the program that runs it.</summary>
    public const string Command = "judge";

    /// <summary>The argument that stops it at an exception too.</summary>
    public const string StopAtException = "--stop-at-exception";

    /// <summary>The argument that judges only the named requirements.</summary>
    public const string Only = "--only";

    /// <summary>Used as the requirement id when the shards could not be prepared.</summary>
    public const string PreparationStage = "data preparation";

    /// <summary>Name of the suite.</summary>
    public const string Name = "specification";

    private const string ProgressMark = "judging ";
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web);

    /// <summary>Hash of the sources of the requirements.</summary>
    public static string Hash { get; } = MutantGenerator.HashOf(string.Concat(
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "spec"), "*.cs", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Select(File.ReadAllText)));

    /// <summary>The first requirement that failed; if possible by measurement.</summary>
    /// <param name="RequirementId">The requirement; null when all hold.</param>
    /// <param name="Message">Statement and evidence.</param>
    public sealed record Finding(string? RequirementId, string Message);

    /// <summary>Judges and prints a <see cref="Finding"/> as one line of JSON.</summary>
    /// <param name="arguments">
    /// Ids of bugs, of which the requirements are judged first; ids of requirements to judge next, in this order;
    /// <see cref="StopAtException"/> and <see cref="Only"/>.
    /// </param>
    public static int Run(string[] arguments)
    {
        string[] first = [.. arguments.Where(argument => !argument.StartsWith("--", StringComparison.Ordinal))];
        var requirements = RequirementCatalog.All
            .OrderBy(requirement => RankOf(requirement, first))
            .Where(requirement => !arguments.Contains(Only) || first.Contains(requirement.Id, StringComparer.Ordinal));
        Console.Out.WriteLine(JsonSerializer.Serialize(Judge(requirements, arguments.Contains(StopAtException)), Format));
        return 0;
    }

    /// <summary>Returns what a process found; null if it ended before.</summary>
    public static Finding? Read(string output) =>
        output.Split('\n').LastOrDefault(line => line.StartsWith('{')) is { } line
            ? JsonSerializer.Deserialize<Finding>(line, Format)
            : null;

    /// <summary>Returns the requirement that a process judged last.</summary>
    public static string CurrentIn(string output) =>
        output.Split('\n').LastOrDefault(line => line.StartsWith(ProgressMark, StringComparison.Ordinal)) is { } line
            ? line[ProgressMark.Length..]
            : Name;

    private static Finding Judge(IEnumerable<Requirement> requirements, bool stopAtException)
    {
        CheckedOperators.SetNumThreads(1);
        Finding? exception = null;
        try
        {
            foreach (var requirement in requirements)
            {
                Console.Out.WriteLine($"{ProgressMark}{requirement.Id}");
                for (var i = 0; i < requirement.CaseNames.Count; i++)
                {
                    var verdict = requirement.Judge(i, ReferenceRun.Conditions);
                    if (verdict.Holds) continue;
                    var finding = new Finding(
                        requirement.Id, $"{requirement.Statement} {requirement.CaseNames[i]}: {verdict.Evidence}");
                    if (!verdict.Crashed || stopAtException) return finding;
                    exception ??= finding;
                }
            }
        }
        catch (Exception error)
        {
            exception ??= new(PreparationStage, $"{error.GetType().Name}: {error.Message.Split('\n')[0]}");
        }
        return exception ?? new(null, "");
    }

    // Requirements that name a bug, then those that are named, in the order of names, then the others.
    private static int RankOf(Requirement requirement, string[] first)
    {
        if (DetectionMap.BugIdsOf(requirement).Intersect(first).Any()) return -1;
        return Array.IndexOf(first, requirement.Id) is >= 0 and var rank ? rank : first.Length;
    }
}
