using System.Text.Json;
using TurkishLlm.Kernels;
using TurkishLlm.Spec.Kernel;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tools.Mutation;

/// <summary>
/// Judges the specification under the reference plan (CPU, float32) until a requirement fails by measurement. Requirements that
/// name an id of the planted bug come first. Runs in its own process, in the folder of the assembly with the bug.
/// </summary>
internal static class FastSuite
{
    /// <summary>Used as the requirement id when the shards could not be prepared.</summary>
    public const string PreparationStage = "data preparation";

    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web);

    /// <summary>The first requirement that failed; one that crashed only if none failed by measurement.</summary>
    /// <param name="RequirementId">The requirement; null when all hold.</param>
    /// <param name="Message">Statement and evidence.</param>
    /// <param name="Crashed">True when an exception prevented the measurement.</param>
    public sealed record Finding(string? RequirementId, string Message, bool Crashed);

    /// <summary>Judges and prints a <see cref="Finding"/> as one line of JSON.</summary>
    /// <param name="bugIds">Ids of the planted bug.</param>
    public static int Run(string[] bugIds)
    {
        Console.Out.WriteLine(JsonSerializer.Serialize(Judge(bugIds), Format));
        return 0;
    }

    public static Finding? Read(string output) =>
        output.Split('\n').LastOrDefault(line => line.StartsWith('{')) is { } line
            ? JsonSerializer.Deserialize<Finding>(line, Format)
            : null;

    private static Finding Judge(string[] bugIds)
    {
        CheckedOperators.SetNumThreads(1);
        Finding? crash = null;
        try
        {
            foreach (
                var requirement in RequirementCatalog.All.OrderBy(requirement =>
                    DetectionMap.BugIdsOf(requirement).Intersect(bugIds).Any() ? 0 : 1))
                for (var i = 0; i < requirement.CaseNames.Count; i++)
                {
                    var verdict = requirement.Judge(i, ReferenceRun.Conditions);
                    if (verdict.Holds) continue;
                    var finding = new Finding(
                        requirement.Id, $"{requirement.Statement} {requirement.CaseNames[i]}: {verdict.Evidence}",
                        verdict.Crashed);
                    if (!verdict.Crashed) return finding;
                    crash ??= finding;
                }
        }
        catch (Exception error)
        {
            crash ??= new(PreparationStage, $"{error.GetType().Name}: {error.Message.Split('\n')[0]}", Crashed: true);
        }
        return crash ?? new(null, "", Crashed: false);
    }
}
