namespace TurkishLlm.Specification;

/// <summary>A number that decided a verdict.</summary>
/// <param name="What">What was measured.</param>
/// <param name="Value">The number.</param>
public readonly record struct Measurement(string What, double Value);
