using System.Text.Json;
using TurkishLlm.Spec;

namespace TurkishLlm.Tests.Mutation;

/// <summary>
/// The specification on a small plan, float32, on the CPU, up to the first requirement that is refuted by measurement:
/// those that name a row of the bug are asked first. Runs in a process of its own, beside the assembly that holds the bug.
/// </summary>
internal static class FastSuite
{
    /// <summary>Who finds what keeps the plan from being prepared.</summary>
    public const string Preparing = "the preparation";

    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web);

    /// <summary>What refuted the code first; a crash counts where nothing was refuted.</summary>
    /// <param name="By">The requirement; null when all hold.</param>
    /// <param name="Message">Statement and evidence.</param>
    /// <param name="Crashed">True when nothing was measured.</param>
    public sealed record Finding(string? By, string Message, bool Crashed);

    /// <summary>Judges and prints a <see cref="Finding"/> as one line of JSON.</summary>
    /// <param name="rows">The rows of the bug.</param>
    public static int Run(string[] rows)
    {
        Console.Out.WriteLine(JsonSerializer.Serialize(Judge(rows), Format));
        return 0;
    }

    public static Finding? Read(string output) =>
        output.Split('\n').LastOrDefault(line => line.StartsWith('{')) is { } line ? JsonSerializer.Deserialize<Finding>(line, Format) : null;

    private static Finding Judge(string[] rows)
    {
        TorchSharp.torch.set_num_threads(1);
        Finding? crash = null;
        try
        {
            foreach (var requirement in Catalogue.All.OrderBy(requirement => DetectionMap.RowsOf(requirement).Intersect(rows).Any() ? 0 : 1))
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
            crash ??= new(Preparing, $"{error.GetType().Name}: {error.Message.Split('\n')[0]}", Crashed: true);
        }
        return crash ?? new(null, "", Crashed: false);
    }
}
