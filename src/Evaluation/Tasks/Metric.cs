using System.Globalization;

namespace TurkishLlm.Evaluation.Tasks;

/// <summary>A metric of answers.</summary>
/// <param name="Name">Name in files.</param>
/// <param name="Title">Name for people.</param>
/// <param name="LowerIsBetter">True if lower values are better.</param>
/// <param name="AppliesToAllTasks">True if rows of all task types are averaged together.</param>
public sealed record Metric(string Name, string Title, bool LowerIsBetter = false, bool AppliesToAllTasks = false)
{
    /// <summary>Share of answers with the words of a reference answer.</summary>
    public static Metric ExactMatch { get; } = new("exact_match", "exact match");

    /// <summary>Overlap of words.</summary>
    public static Metric F1 { get; } = new("f1", "F1");

    /// <summary>Overlap of words in the same order.</summary>
    public static Metric RougeL { get; } = new("rouge_l", "ROUGE-L");

    /// <summary>Overlap of character n-grams.</summary>
    public static Metric ChrF { get; } = new("chrf", "chrF");

    /// <summary>Share of words that are in the context.</summary>
    public static Metric Grounded { get; } = new("groundedness", "groundedness");

    /// <summary>Share of the words of a reference answer that are in the context: whether the question can be answered.</summary>
    public static Metric AnswerInContext { get; } = new("answer_in_context", "answer in context");

    /// <summary>Share of words that are in the passages that the answer cites.</summary>
    public static Metric CitationSupport { get; } = new("citation_support", "supported by citations");

    /// <summary>Share of unanswerable questions that were refused.</summary>
    public static Metric RefusalRate { get; } = new("refusal_rate", "refused");

    /// <summary>Share of answerable questions that were refused.</summary>
    public static Metric FalseRefusalRate { get; } = new("false_refusal_rate", "refused wrongly", LowerIsBetter: true);

    /// <summary>Share of questions with the correct choice, by its log-likelihood.</summary>
    public static Metric Accuracy { get; } = new("accuracy", "accuracy");

    /// <summary>Share of questions with the correct choice, by its log-likelihood divided by its length.</summary>
    public static Metric NormalizedAccuracy { get; } = new("accuracy_norm", "accuracy by length");

    /// <summary>Share of calculations with the correct last number, marked or not.</summary>
    public static Metric LastNumber { get; } = new("last_number", "last number");

    /// <summary>Accuracy of random guessing.</summary>
    public static Metric Chance { get; } = new("chance", "(by chance)");

    /// <summary>F1 over the fields of JSON objects.</summary>
    public static Metric FieldF1 { get; } = new("field_f1", "F1 of fields");

    /// <summary>Share of answers that are JSON objects.</summary>
    public static Metric ValidJson { get; } = new("valid_json", "valid JSON");

    /// <summary>Share of answers with text.</summary>
    public static Metric NonEmpty { get; } = new("non_empty", "not empty", AppliesToAllTasks: true);

    /// <summary>Share of answers that end their turn.</summary>
    public static Metric EndsTurn { get; } = new("ends_turn", "ends its turn", AppliesToAllTasks: true);

    /// <summary>Share of answers that do not start the turn of another role.</summary>
    public static Metric NoOtherTurn { get; } = new("no_other_turn", "writes no other turn", AppliesToAllTasks: true);

    /// <summary>Share of answers without control tokens.</summary>
    public static Metric NoControlTokens { get; } = new("no_control_tokens", "no control tokens", AppliesToAllTasks: true);

    /// <summary>Share of answers that pass the last four checks.</summary>
    public static Metric FormatCompliance { get; } = new("format_compliance", "format compliance", AppliesToAllTasks: true);

    /// <summary>Loss of the reference answers, in nats per token.</summary>
    public static Metric Loss { get; } = new("loss", "loss", LowerIsBetter: true, AppliesToAllTasks: true);

    /// <summary>All metrics but those of sampled answers.</summary>
    public static IReadOnlyList<Metric> All { get; } =
    [
        ExactMatch, LastNumber, F1, RougeL, ChrF, Grounded, RefusalRate, FalseRefusalRate, Accuracy, NormalizedAccuracy, Chance,
        FieldF1, ValidJson, NonEmpty, EndsTurn, NoOtherTurn, NoControlTokens, FormatCompliance, Loss,
    ];

    /// <summary>True if values are shares from 0 to 1; false for a loss in nats.</summary>
    public bool IsShare => this != Loss;

    /// <summary>
    /// True unless the metric is a part of <see cref="FormatCompliance"/>, or a property of the rows alone.
    /// </summary>
    public bool IsHeadline =>
        this != NonEmpty && this != EndsTurn && this != NoOtherTurn && this != NoControlTokens && this != Chance;

    /// <summary>Returns the metric with a name in files; null for an unknown name.</summary>
    public static Metric? Find(string name) => All.FirstOrDefault(metric => metric.Name == name);

    /// <summary>Returns the metrics that rows of a task type can have.</summary>
    /// <param name="type">The task type.</param>
    /// <param name="hasTurns">True for models that end their turns, see <c>IAnswerModel</c>.</param>
    public static IReadOnlyList<Metric> GetAll(TaskType type, bool hasTurns)
    {
        if (type is TaskType.Classification or TaskType.MultipleChoice) return [Accuracy, NormalizedAccuracy, Chance, Loss];
        IReadOnlyList<Metric> own = type switch
        {
            TaskType.Extraction => [ValidJson, FieldF1, ExactMatch],
            TaskType.Number => [ExactMatch, LastNumber],
            TaskType.Refusal => [RefusalRate],
            TaskType.GroundedAnswer => [ExactMatch, F1, RougeL, ChrF, FalseRefusalRate, Grounded],
            _ => [ExactMatch, F1, RougeL, ChrF, FalseRefusalRate],
        };
        return hasTurns ? [.. own, NonEmpty, EndsTurn, NoOtherTurn, NoControlTokens, FormatCompliance, Loss] : [.. own, Loss];
    }

    /// <summary>Formats a value for people: a share in percent, a loss in nats.</summary>
    public string Format(double value) => IsShare
        ? string.Create(CultureInfo.InvariantCulture, $"{100 * value:F1} %")
        : string.Create(CultureInfo.InvariantCulture, $"{value:F4}");

    /// <summary>Probability that one of k sampled answers is correct.</summary>
    public static Metric PassAt(int k) =>
        new(
            string.Create(CultureInfo.InvariantCulture, $"pass_at_{k}"),
            string.Create(CultureInfo.InvariantCulture, $"pass@{k}"));
}
