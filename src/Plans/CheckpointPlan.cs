using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Model;

namespace TurkishLlm.Plans;

/// <summary>
/// Schedule of checkpoints: section <c>checkpoints</c> of a plan. The first step is always saved, to prove that saving
/// works, and so is the last one.
/// </summary>
/// <param name="Every">Steps between two checkpoints; 0 saves only the first and the last step.</param>
/// <param name="KeepLast">Number of newest checkpoints to keep; older ones are deleted. The checkpoint of an interruption is
/// kept until the next one.</param>
/// <param name="KeepBest">True to also save the best step by <paramref name="BestBy"/>, and to keep it until another step is
/// better.</param>
/// <param name="BestBy">
/// The metric that decides which checkpoint is the best: <c>loss</c>, the validation loss, or <c>TASK.METRIC</c> of a task.
/// </param>
public sealed record CheckpointPlan(
    long Every = 1000, int KeepLast = 3, bool KeepBest = true, string BestBy = CheckpointPlan.Loss)
{
    /// <summary>The value of <see cref="BestBy"/> for the validation loss.</summary>
    public const string Loss = "loss";

    /// <summary>Splits <see cref="BestBy"/> into task and metric; null for the validation loss.</summary>
    public (string Task, string Metric)? BestTask =>
        BestBy.Split('.') is [var task, var metric] && BestBy != Loss ? (task, metric) : null;

    internal IEnumerable<ConfigurationProblem> FindProblems(EvaluationPlan evaluation)
    {
        const string key = "checkpoints.best_by";
        if (BestBy == Loss) yield break;
        string[] names = [.. evaluation.Tasks.Select(task => task.Name)];
        if (BestTask is not var (task, metric))
            yield return new($"{key} is {BestBy}; it must be loss, or TASK.METRIC with a task of evaluation.tasks.", key);
        else if (names.Length == 0)
            yield return new(
                $"{key} is {BestBy}, but the plan has no tasks. Add {task}: {{files: [FILE]}} to evaluation.tasks.", key);
        else if (!names.Contains(task, StringComparer.Ordinal))
            yield return new($"{key} names the task \"{task}\".{SpellingSuggestions.FormatHint(task, names)}", key);
        else if (Metric.Find(metric) is null)
            yield return new($"{key} names the metric \"{metric}\".{EvaluationPlan.SuggestMetric(metric)}", key);
    }
}
