namespace TurkishLlm.Plans;

/// <summary>Exponential moving average of the weights: section <c>training.ema</c> of a plan.</summary>
/// <param name="Decay">Decay of the average with each update.</param>
/// <param name="Every">Steps between two updates.</param>
public sealed record EmaPlan(double Decay = 0.999, long Every = 1);
