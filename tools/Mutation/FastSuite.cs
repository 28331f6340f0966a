using System.Text.Json;
using TurkishLlm.Kernels;
using TurkishLlm.Spec.Kernel;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tools.Mutation;

/// <summary>
/// The specification on a small plan, float32, on the CPU, up to the first requirement that is refuted by measurement:
/// those that name a row of the bug are asked first. Runs in a process of its own, beside the assembly that holds the bug.
/// </summary>
internal static class FastSuite
{
    /// <summary>Who finds what keeps the plan from being prepared.</summary>
    public const string PreparationStage = "the preparation";

    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web);

    /// <summary>What refuted the code first; a crash counts where nothing was refuted.</summary>
    /// <param name="RequirementId">The requirement; null when all hold.</param>
    /// <param name="Message">Statement and evidence.</param>
    /// <param name="Crashed">True when nothing was measured.</param>
    public sealed record Finding(string? RequirementId, string Message, bool Crashed);

    /// <summary>Judges and prints a <see cref="Finding"/> as one line of JSON.</summary>
    /// <param name="bugIds">The rows of the bug.</param>
    public static int Run(string[] bugIds)
    {
        Console.Out.WriteLine(JsonSerializer.Serialize(Judge(bugIds), Format));
        return 0;
    }

    public static Finding? Read(string output) =>
        output.Split('\n').LastOrDefault(line => line.StartsWith('{')) is { } line ? JsonSerializer.Deserialize<Finding>(line, Format) : null;

    private static Finding Judge(string[] bugIds)
    {
        CheckedOperators.SetNumThreads(1);
        Finding? crash = null;
        try
        {
            foreach (var requirement in RequirementCatalogue.All.OrderBy(requirement => DetectionMap.BugIdsOf(requirement).Intersect(bugIds).Any() ? 0 : 1))
                for (var i = 0; i < requirement.CaseNames.Count; i++)
                {
                    var verdict = requirement.Judge(i, ReferenceRun.Conditions);
                    if (verdict.Holds) continue;
                    var finding = new Finding(requirement.Id, $"{requirement.Statement} {requirement.CaseNames[i]}: {verdict.Evidence}", verdict.Crashed);
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
