namespace TurkishLlm.Synthesis.Verdicts;

/// <summary>A rejected pair with the reason.</summary>
/// <param name="Id">The group and the index in the reply.</param>
/// <param name="Reason">The reason.</param>
/// <param name="Evidence">Details for a human reader.</param>
/// <param name="Raw">The JSON of the pair as the model wrote it.</param>
public sealed record Rejection(string Id, RejectionReason Reason, string Evidence, string Raw);
