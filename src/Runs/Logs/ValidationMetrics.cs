namespace TurkishLlm.Runs.Logs;

/// <summary>Mean losses on what is never learned from, in nats per counted target; null where a run has no such part.</summary>
/// <param name="Loss">On the held-out part of what is learned.</param>
/// <param name="TextLoss">On the validation split of running text, where that is another thing: what fine-tuning makes a model forget.</param>
/// <param name="BitsPerByte">Where running text is what is learned, <paramref name="Loss"/> in bits for each byte of it.</param>
/// <param name="Preference">Where pairs of answers are learned, what a model makes of those held out; <paramref name="Loss"/> is per pair then.</param>
public sealed record ValidationMetrics(double? Loss, double? TextLoss = null, double? BitsPerByte = null, PreferenceMetrics? Preference = null);
