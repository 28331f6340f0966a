using TurkishLlm.Evaluation.Tasks;

namespace TurkishLlm.Runs.Logs;

/// <summary>Mean validation losses per loss term, in nats; null if a run has no such data.</summary>
/// <param name="Loss">Loss on the validation part of the training data.</param>
/// <param name="TextLoss">Loss on running text in fine-tuning, which measures forgetting.</param>
/// <param name="BitsPerByte">For running text, <paramref name="Loss"/> in bits per byte.</param>
/// <param name="Preference">For preference pairs, their metrics; <paramref name="Loss"/> is then per pair.</param>
/// <param name="Tasks">Metrics of the tasks of the plan, by name; null if none was asked.</param>
public sealed record ValidationMetrics(
    double? Loss = null,
    double? TextLoss = null,
    double? BitsPerByte = null,
    PreferenceMetrics? Preference = null,
    IReadOnlyDictionary<string, TaskMetrics>? Tasks = null);
