using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Model;
using static System.FormattableString;

namespace TurkishLlm.Plans;

/// <summary>Measurements of the validation loss and of answers: section <c>evaluation</c> of a plan.</summary>
/// <param name="Every">Steps between two measurements of the validation loss; 0 = never.</param>
/// <param name="Windows">Number of validation sequences per measurement, the same ones each time.</param>
/// <param name="Patience">
/// Number of measurements of <c>checkpoints.best_by</c> without a new best after which training stops; 0 = never.
/// </param>
public sealed record EvaluationPlan(long Every = 1000, int Windows = 64, int Patience = 0)
{
    /// <summary>Questions that the model is asked during training.</summary>
    public IReadOnlyList<EvaluationTask> Tasks { get; init; } = [];

    /// <inheritdoc/>
    public bool Equals(EvaluationPlan? other) =>
        other is not null && (Every, Windows, Patience) == (other.Every, other.Windows, other.Patience)
        && Tasks.SequenceEqual(other.Tasks);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Every, Windows, Patience, Tasks.Count);

    internal IEnumerable<ConfigurationProblem> FindProblems() => Tasks.SelectMany(FindProblems);

    private static IEnumerable<ConfigurationProblem> FindProblems(EvaluationTask task)
    {
        var key = $"evaluation.tasks.{task.Name}";
        if (task.Name.Length == 0 || !task.Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            yield return new(
                $"The task \"{task.Name}\" needs another name: letters a–z, digits, dashes and underscores, because best_by "
                    + "names its metrics as TASK.METRIC.",
                key);
        if (task.Files.Count == 0)
            yield return new($"{key}.files is empty, so there is nothing to ask. Name a file of questions.", $"{key}.files");
        if (task.FewShotFile is not null && task.FewShot == 0)
            yield return new(
                $"{key}.few_shot_file is given, but few_shot is 0, so the file is not used. Use few_shot: 5, or remove it.",
                $"{key}.few_shot_file", $"{key}.few_shot");
        foreach (var problem in FindProblems(task.AtLeast, $"{key}.at_least")) yield return problem;
        foreach (var problem in FindProblems(task.AtMost, $"{key}.at_most")) yield return problem;
        foreach (var (metric, low) in task.AtLeast.Values)
            foreach (var (_, high) in task.AtMost.Values.Where(bound => bound.Metric == metric && bound.Value < low))
                yield return new(
                    Invariant($"{key}: {metric} must be at least {low} and at most {high}, which no value is."),
                    $"{key}.at_least", $"{key}.at_most");
    }

    private static IEnumerable<ConfigurationProblem> FindProblems(MetricBounds bounds, string key)
    {
        foreach (var (name, value) in bounds.Values)
            if (Metric.Find(name) is not { } metric)
                yield return new($"{key} names \"{name}\", which is not a metric.{SuggestMetric(name)}", key);
            else if (!double.IsFinite(value) || (metric.IsShare && value is < 0 or > 1))
                yield return new(
                    Invariant($"{key}.{name} is {value}; {name} is a share from 0 to 1, for example 0.5 for 50 %."), key);
    }

    internal static string SuggestMetric(string name) =>
        SpellingSuggestions.FormatHint(name, [.. Metric.All.Select(metric => metric.Name)]);
}
