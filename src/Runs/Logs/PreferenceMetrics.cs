namespace TurkishLlm.Runs.Logs;

/// <summary>Means over the pairs of a step, or over those held out. Every pair weighs the same, whatever batch it is in.</summary>
/// <param name="RewardChosen">How well the model likes the better answers.</param>
/// <param name="RewardRejected">How well it likes the others.</param>
/// <param name="Margin">The difference.</param>
/// <param name="Accuracy">Share of the pairs whose better answer has the higher reward; before the first step of DPO none has.</param>
/// <param name="LogpChosen">Log-probability of a better answer, in nats. Where it falls for long, the model unlearns both.</param>
/// <param name="LogpRejected">The same of the others.</param>
/// <remarks>Spec: DPO-10.</remarks>
public sealed record PreferenceMetrics(double RewardChosen, double RewardRejected, double Margin, double Accuracy, double LogpChosen, double LogpRejected);
