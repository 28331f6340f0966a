using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Unit.Plans;

namespace TurkishLlm.Tests.Unit.Monitoring;

/// <summary>A run folder with a small plan and given lines, written without training.</summary>
internal static class RunFolderWriter
{
    public static RunFolder Write(string path, IEnumerable<StepMetrics> lines, params string[] overrides) =>
        WriteWithSections(path, "", lines, overrides);

    /// <summary>Writes a run of a plan with further sections.</summary>
    public static RunFolder WriteWithSections(
        string path, string sections, IEnumerable<StepMetrics> lines, params string[] overrides)
    {
        var run = RunFolder.Open(TestPlans.Parse(TestPlans.Small + sections, [$"run={path}", .. overrides]), resume: true);
        using var log = MetricsLog.Open(run.MetricsFile, 0);
        foreach (var line in lines) log.Append(line);
        return run;
    }
}
