using System.Globalization;

namespace TurkishLlm.Evaluation.Tasks;

/// <summary>Something that is measured of answers.</summary>
/// <param name="Name">Its name in files.</param>
/// <param name="Title">Its name for people.</param>
/// <param name="LowerIsBetter">False where more is better.</param>
/// <param name="AppliesToAllTasks">True where rows of all shapes are counted together.</param>
public sealed record Metric(string Name, string Title, bool LowerIsBetter = false, bool AppliesToAllTasks = false)
{
    /// <summary>The words are those of a right answer.</summary>
    public static Metric ExactMatch { get; } = new("exact_match", "exact match");

    /// <summary>Shared words.</summary>
    public static Metric F1 { get; } = new("f1", "F1");

    /// <summary>Shared words in order.</summary>
    public static Metric RougeL { get; } = new("rouge_l", "ROUGE-L");

    /// <summary>Shared runs of characters.</summary>
    public static Metric ChrF { get; } = new("chrf", "chrF");

    /// <summary>Words that stand in the context.</summary>
    public static Metric Grounded { get; } = new("groundedness", "groundedness");

    /// <summary>Questions without an answer that were refused.</summary>
    public static Metric RefusalRate { get; } = new("refusal_rate", "refused");

    /// <summary>Questions with an answer that were refused.</summary>
    public static Metric FalseRefusalRate { get; } = new("false_refusal_rate", "refused wrongly", LowerIsBetter: true);

    /// <summary>The right choice was preferred.</summary>
    public static Metric Accuracy { get; } = new("accuracy", "accuracy");

    /// <summary>What guessing would reach.</summary>
    public static Metric Chance { get; } = new("chance", "(by chance)");

    /// <summary>Right fields of JSON.</summary>
    public static Metric FieldF1 { get; } = new("field_f1", "F1 of fields");

    /// <summary>JSON that is an object.</summary>
    public static Metric ValidJson { get; } = new("valid_json", "valid JSON");

    /// <summary>Something is said.</summary>
    public static Metric NonEmpty { get; } = new("answers", "answers", AppliesToAllTasks: true);

    /// <summary>The turn is closed.</summary>
    public static Metric EndsTurn { get; } = new("stops", "stops by itself", AppliesToAllTasks: true);

    /// <summary>Nobody else's turn is begun.</summary>
    public static Metric NoOtherTurn { get; } = new("no_other_turn", "writes no other turn", AppliesToAllTasks: true);

    /// <summary>No control token in the text.</summary>
    public static Metric NoControlTokens { get; } = new("no_control_tokens", "no control tokens", AppliesToAllTasks: true);

    /// <summary>All of the last four.</summary>
    public static Metric FormatCompliance { get; } = new("format_compliance", "format compliance", AppliesToAllTasks: true);

    /// <summary>Nats per token of the right answers.</summary>
    public static Metric Loss { get; } = new("loss", "loss", LowerIsBetter: true, AppliesToAllTasks: true);

    /// <summary>One of k drawn answers is right.</summary>
    public static Metric PassAt(int k) => new(string.Create(CultureInfo.InvariantCulture, $"pass_at_{k}"), string.Create(CultureInfo.InvariantCulture, $"pass@{k}"));
}
