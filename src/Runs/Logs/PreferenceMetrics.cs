using System.Text.Json.Serialization;

namespace TurkishLlm.Runs.Logs;

/// <summary>
/// Mean metrics of the pairs of a step, or of the validation pairs; for KTO, of their answers. Every pair or answer has the same
/// weight. A mean over no answer is null, and written as null.
/// </summary>
/// <param name="RewardChosen">Mean reward of the chosen answers, or of the desirable ones.</param>
/// <param name="RewardRejected">Mean reward of the rejected answers, or of the undesirable ones.</param>
/// <param name="Margin">Difference of the two rewards.</param>
/// <param name="Accuracy">
/// Share of pairs with a higher reward for the chosen answer; 0 before the first step of DPO. For KTO, share of answers with a
/// reward on the right side of the reference point.
/// </param>
/// <param name="LogpChosen">
/// Mean log-probability of the chosen answers, in nats. If it keeps falling, the model unlearns both. Null for a reward model.
/// </param>
/// <param name="LogpRejected">Mean log-probability of the rejected answers, in nats. Null for a reward model.</param>
/// <param name="Kl">For KTO, the reference point: estimated divergence from the reference model, in nats, at least 0.</param>
/// <remarks>Spec: DPO-10, SHD-03.</remarks>
public sealed record PreferenceMetrics(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? RewardChosen,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? RewardRejected,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? Margin,
    double Accuracy,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? LogpChosen,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? LogpRejected,
    double? Kl = null);
