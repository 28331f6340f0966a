namespace TurkishLlm.Synthesis.Verdicts;

/// <summary>A pair that is not taken. It is kept, with the reason.</summary>
/// <param name="Id">The group and its place in the reply.</param>
/// <param name="Reason">Why.</param>
/// <param name="Evidence">What was found, for a reader.</param>
/// <param name="Raw">The pair as the model wrote it.</param>
public sealed record Rejection(string Id, RejectionReason Reason, string Evidence, string Raw);
