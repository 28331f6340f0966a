namespace TurkishLlm.Runs.Logs;

/// <summary>Mean metrics of the pairs of a step, or of the validation pairs. Every pair has the same weight.</summary>
/// <param name="RewardChosen">Mean reward of the chosen answers.</param>
/// <param name="RewardRejected">Mean reward of the rejected answers.</param>
/// <param name="Margin">Difference of the two rewards.</param>
/// <param name="Accuracy">Share of pairs with a higher reward for the chosen answer; 0 before the first step of DPO.</param>
/// <param name="LogpChosen">
/// Mean log-probability of the chosen answers, in nats. If it keeps falling, the model unlearns both.
/// </param>
/// <param name="LogpRejected">Mean log-probability of the rejected answers, in nats.</param>
/// <remarks>Spec: DPO-10.</remarks>
public sealed record PreferenceMetrics(
    double RewardChosen, double RewardRejected, double Margin, double Accuracy, double LogpChosen, double LogpRejected);
