using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Training.Validation;

/// <summary>Asks a model the questions of the tasks of a plan during training.</summary>
/// <remarks>
/// Answers are greedy and rows are fixed, so a measurement is a function of the weights: it draws no random numbers, changes
/// nothing that training reads, and is the same in a resumed run. The memory of its key/value cache is freed afterwards. Spec:
/// EVL-35, EVL-39.
/// </remarks>
public sealed class TaskEvaluator
{
    private readonly EvaluationPlan _plan;
    private readonly Tokenizer _tokenizer;
    private readonly IReadOnlyDictionary<string, IReadOnlyList<GoldRow>> _rows;

    private TaskEvaluator(
        EvaluationPlan plan, Tokenizer tokenizer, IReadOnlyDictionary<string, IReadOnlyList<GoldRow>> rows) =>
        (_plan, _tokenizer, _rows) = (plan, tokenizer, rows);

    /// <summary>Reads the rows of all tasks of a plan, and checks that they have the metrics that the plan uses.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="tokenizer">The tokenizer of the run.</param>
    /// <exception cref="FileNotFoundException">A file does not exist.</exception>
    /// <exception cref="InvalidDataException">A file cannot be read.</exception>
    /// <exception cref="ConfigurationException">The rows of a task do not have a metric that the plan uses.</exception>
    public static TaskEvaluator Open(TrainingPlan plan, Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var rows = plan.Evaluation.Tasks.ToDictionary(task => task.Name, task => TaskRows.Read(task, plan.Seed));
        ConfigurationException.ThrowIfAny(
            [.. plan.Evaluation.Tasks.SelectMany(task => FindMissing(plan, task, rows[task.Name]))]);
        return new(plan.Evaluation, tokenizer, rows);
    }

    /// <summary>Returns what a user should know: files with rows that may be in the training data.</summary>
    /// <param name="plan">The plan.</param>
    public static IEnumerable<string> GetNotes(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if ((plan.Sft?.Gold ?? plan.Preference?.Gold ?? plan.Grpo?.Gold) is not { } gold) yield break;
        var known = gold.Select(Path.GetFullPath).ToHashSet(StringComparer.Ordinal);
        var section = plan.Sft is not null ? "sft" : plan.Grpo is null ? "preference" : "grpo";
        foreach (var task in plan.Evaluation.Tasks)
            foreach (var file in task.Files.Where(file => !known.Contains(Path.GetFullPath(file))))
                yield return $"evaluation.tasks.{task.Name} asks rows of {file}, which {section}.gold does not list, so they may "
                    + $"be in the training data. Add the file to {section}.gold.";
    }

    /// <summary>Returns the tasks that are due after a step.</summary>
    /// <param name="step">The step that was just taken.</param>
    /// <param name="endedEpoch">Number of the epoch that the step completes; null for none.</param>
    /// <param name="isLast">True after the last step of the run.</param>
    public IReadOnlyList<EvaluationTask> GetDue(long step, int? endedEpoch, bool isLast) =>
    [
        .. _plan.Tasks.Where(task =>
            isLast
            || ((task.Every ?? _plan.Every) is > 0 and var every && step % every == 0)
            || (endedEpoch is { } epoch && task.EveryEpochs > 0 && epoch % task.EveryEpochs == 0)),
    ];

    /// <summary>Asks the questions of all tasks.</summary>
    /// <returns>The metrics and the worst answers; null if the plan has no tasks.</returns>
    /// <inheritdoc cref="Measure(IReadOnlyList{EvaluationTask}, LanguageModel, ChatTemplate?, long)"/>
    public TaskMeasurement? MeasureAll(LanguageModel model, ChatTemplate? template, long step) =>
        Measure(_plan.Tasks, model, template, step);

    /// <summary>Asks the questions of some tasks.</summary>
    /// <param name="tasks">The tasks.</param>
    /// <param name="model">The model.</param>
    /// <param name="template">The chat template; null for a model of running text.</param>
    /// <param name="step">The last step taken.</param>
    /// <returns>The metrics and the worst answers; null for no tasks.</returns>
    public TaskMeasurement? Measure(
        IReadOnlyList<EvaluationTask> tasks, LanguageModel model, ChatTemplate? template, long step)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        if (tasks.Count == 0) return null;
        using IAnswerModel asked =
            template is null ? new TextModel(model, _tokenizer) : new ChatModel(model, _tokenizer, template);
        var metrics = new Dictionary<string, TaskMetrics>(StringComparer.Ordinal);
        var answers = new List<TaskAnswer>();
        foreach (var task in tasks)
        {
            var evaluation = GoldEvaluation.Run(asked, _rows[task.Name], task.ToOptions());
            metrics[task.Name] = TaskMetrics.Summarize(evaluation, task.Slices);
            answers.AddRange(WorstAnswers.Select(evaluation, task.WorstAnswers)
                .Select(result => TaskAnswer.FromResult(step, task.Name, result)));
        }
        return new(metrics, answers);
    }

    private static IEnumerable<ConfigurationProblem> FindMissing(
        TrainingPlan plan, EvaluationTask task, IReadOnlyList<GoldRow> rows)
    {
        var hasTurns = plan.Sft is not null || plan.Preference is not null || plan.Grpo is not null;
        string[] known =
        [
            .. rows.Select(row => row.TaskType).Distinct().SelectMany(type => Metric.GetAll(type, hasTurns))
                .Where(metric => metric != Metric.NormalizedAccuracy
                    || task.ChoiceNormalization != ChoiceNormalization.None)
                .Select(metric => metric.Name).Distinct(),
        ];
        var used = task.AtLeast.Values.Select(bound => (bound.Metric, Key: "at_least"))
            .Concat(task.AtMost.Values.Select(bound => (bound.Metric, Key: "at_most")))
            .Select(bound => (bound.Metric, Key: $"evaluation.tasks.{task.Name}.{bound.Key}"));
        if (plan.Checkpoints.BestTask is var (name, metric) && name == task.Name)
            used = used.Append((metric, "checkpoints.best_by"));
        foreach (var (wanted, key) in used.Where(wanted => !known.Contains(wanted.Metric, StringComparer.Ordinal)))
            yield return new(
                $"{key} names {wanted}, but the rows of {string.Join(", ", task.Files)} do not have it. "
                    + $"They have {string.Join(", ", known)}.",
                key);
    }
}

/// <summary>The answers of a model to the tasks of a plan.</summary>
/// <param name="Metrics">Metrics by task.</param>
/// <param name="WorstAnswers">The worst answers.</param>
public sealed record TaskMeasurement(
    IReadOnlyDictionary<string, TaskMetrics> Metrics, IReadOnlyList<TaskAnswer> WorstAnswers);
