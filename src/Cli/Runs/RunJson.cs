using TurkishLlm.Cli.Terminal;
using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Monitoring;
using TurkishLlm.Runs;

namespace TurkishLlm.Cli.Runs;

/// <summary>The facts about a run as one JSON object. Numbers that were not measured are null.</summary>
internal static class RunJson
{
    /// <summary>Writes a run as one line.</summary>
    /// <param name="output">Standard output.</param>
    /// <param name="name">Name of the run as the user knows it.</param>
    /// <param name="run">The run.</param>
    public static void WriteLine(TextWriter output, string name, RunRecord run) =>
        JsonOutput.WriteLine(output, Describe(name, run));

    /// <summary>Writes a run with its findings and events as a document.</summary>
    /// <inheritdoc cref="WriteLine"/>
    public static void Write(TextWriter output, string name, RunRecord run) => JsonOutput.Write(output, new
    {
        Run = Describe(name, run),
        Findings = run.Findings.Select(finding => new
        {
            finding.Rule,
            Severity = finding.Severity.ToString().ToLowerInvariant(),
            finding.Observation,
            finding.Suggestion,
        }),
        Events = run.Events.Select(e => new { e.Step, Event = e.Describe(), e.Message }),
    });

    // The last measurement of each task.
    private static Dictionary<string, Dictionary<string, double?>> DescribeTasks(RunRecord run) => run.Steps
        .SelectMany(step => step.Tasks ?? new Dictionary<string, TaskMetrics>())
        .GroupBy(task => task.Key, task => task.Value, StringComparer.Ordinal)
        .ToDictionary(
            task => task.Key,
            task => task.Last().Metrics.ToDictionary(
                metric => metric.Key, metric => JsonOutput.Finite(metric.Value.Value), StringComparer.Ordinal),
            StringComparer.Ordinal);

    private static object Describe(string name, RunRecord run)
    {
        var (last, held) = (run.Progress.Last, run.Progress.LastValidation);
        var metric = CheckpointMetric.FromPlan(run.Plan);
        var best = run.Steps.Where(line => line.ValidationLoss is not null).MinBy(line => line.ValidationLoss);
        return new
        {
            Name = name,
            Folder = run.Folder.FullPath,
            State = run.State.Describe(),
            Step = run.LastStep,
            run.Plan.Training.Steps,
            Parameters = run.Plan.Model.ParameterCount,
            last?.Tokens,
            Loss = JsonOutput.Finite(last?.Loss),
            SmoothedLoss = last is null ? null : JsonOutput.Finite(run.Progress.SmoothedLoss),
            ValidationLoss = JsonOutput.Finite(held?.ValidationLoss),
            BitsPerByte = JsonOutput.Finite(held?.ValidationBitsPerByte),
            LowestValidationLoss = JsonOutput.Finite(best?.ValidationLoss),
            LowestValidationStep = best?.Step,
            BestBy = metric.Name,
            BestStep = metric.FindBest(run.Steps)?.Step,
            BestValue = JsonOutput.Finite(metric.FindBest(run.Steps)?.Value),
            Tasks = DescribeTasks(run),
            TokensPerSecond = last is null ? null : JsonOutput.Finite(run.Progress.TokensPerSecond),
            Seconds = last is null ? null : JsonOutput.Finite(last.WallSeconds ?? last.Seconds),
            run.Progress.Cost,
        };
    }
}
