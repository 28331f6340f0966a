using TurkishLlm.Plans;
using TurkishLlm.Spec.Plans;

namespace TurkishLlm.Tests.Shared;

/// <summary>
/// The conditions under which tests judge: those of <see cref="ReferencePlan"/>, prepared once per process.
/// </summary>
internal static class ReferenceRun
{
    private static readonly Lazy<TrainingPlan> LazyPlan = new(CreatePlan);
    private static readonly Lazy<RunConditions> LazyConditions = new(() => new RunConditions(Plan));

    /// <summary>Folder of the fixtures, beside the test assembly.</summary>
    public static string Fixtures { get; } = Path.Combine(AppContext.BaseDirectory, "fixtures");

    /// <summary>A folder of this process, deleted when it ends.</summary>
    public static string Scratch { get; } = CreateScratch();

    public static TrainingPlan Plan => LazyPlan.Value;

    public static RunConditions Conditions => LazyConditions.Value;

    private static TrainingPlan CreatePlan() => ReferencePlan.Create(Fixtures, Scratch);

    private static string CreateScratch()
    {
        var folder = Directory.CreateTempSubdirectory("turkishllm-tests-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (IOException)
            {
                // The system clears its temporary folder; a test run must not fail over it.
            }
        };
        return folder;
    }
}
