namespace TurkishLlm.Synthesis.Verdicts;

/// <summary>A pair that passed every check.</summary>
/// <param name="Pair">The pair.</param>
/// <param name="Rule">The grouping rule of its group.</param>
/// <param name="Model">Who wrote it.</param>
/// <param name="Claims">Its claims, and where they were found.</param>
/// <param name="Sources">Chunks that its claims were traced to, in reading order; those that the model named where nothing was traced.</param>
public sealed record ReviewedPair(QaPair Pair, int Rule, string Model, IReadOnlyList<TracedClaim> Claims, IReadOnlyList<string> Sources);
