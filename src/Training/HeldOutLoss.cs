namespace TurkishLlm.Training;

/// <summary>Mean losses on what is never learned from, in nats per counted target; null where a run has no such part.</summary>
/// <param name="Validation">On the held-out part of what is learned.</param>
/// <param name="Text">On the validation split of running text, where that is another thing: what fine-tuning makes a model forget.</param>
/// <param name="BitsPerByte">Where running text is what is learned, <paramref name="Validation"/> in bits for each byte of it.</param>
/// <param name="Preference">Where pairs of answers are learned, what a model makes of those held out; <paramref name="Validation"/> is per pair then.</param>
public sealed record HeldOutLoss(double? Validation, double? Text = null, double? BitsPerByte = null, PreferenceMetrics? Preference = null);
