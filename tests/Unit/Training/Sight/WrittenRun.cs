using TurkishLlm.Training;

namespace TurkishLlm.Tests.Unit.Training;

/// <summary>A run folder with a small plan and given lines, written without training.</summary>
internal static class WrittenRun
{
    public static RunFolder In(string path, IEnumerable<StepMetrics> lines, params string[] overrides)
    {
        var run = RunFolder.Open(Plans.Parse(Plans.Small, [$"run={path}", .. overrides]), resume: true);
        using var log = MetricsLog.Open(run.MetricsFile, 0);
        foreach (var line in lines) log.Append(line);
        return run;
    }
}
