namespace TurkishLlm.Spec.Synthesis;

/// <summary>Questions that are the same, nearly the same, and not the same.</summary>
/// <param name="Question">A question.</param>
/// <param name="Same">The same in other letters and signs.</param>
/// <param name="Near">A near-duplicate.</param>
/// <param name="OneNumber">Another, about a number or a code.</param>
/// <param name="OtherNumber">The same about another number.</param>
public sealed record DuplicateCase(string Question, string Same, string Near, string OneNumber, string OtherNumber);
