using TurkishLlm.Cli.Terminal;
using TurkishLlm.Evaluation.Tasks;

namespace TurkishLlm.Cli.Training;

/// <summary>Formats the metrics of a task as one line.</summary>
internal static class TaskText
{
    /// <summary>Returns the metrics over all rows, such as "exact match 25.0 %, loss 3.1234 (8 rows)".</summary>
    public static string Format(TaskMetrics task)
    {
        var metrics = Metric.All.Where(metric => metric.IsHeadline && task.Metrics.ContainsKey(metric.Name))
            .Select(metric => $"{metric.Title} {metric.Format(task.Metrics[metric.Name].Value)}");
        var skipped = task.Skipped == 0 ? "" : $", {Terminal.Format.Count(task.Skipped)} too long";
        return $"{string.Join(", ", metrics)} ({Terminal.Format.Count(task.Rows, "row")}{skipped})";
    }
}
