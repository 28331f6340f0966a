namespace TurkishLlm.Plans;

/// <summary>Measurements of the validation loss: section <c>evaluation</c> of a plan.</summary>
/// <param name="Every">Steps between two measurements; 0 = never.</param>
/// <param name="Windows">Number of validation sequences per measurement, the same ones each time.</param>
/// <param name="Patience">Number of measurements without a new best after which training stops; 0 = never.</param>
public sealed record EvaluationPlan(long Every = 1000, int Windows = 64, int Patience = 0);
