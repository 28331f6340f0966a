namespace TurkishLlm.Synthesis.Verdicts;

/// <summary>A pair that passed every check.</summary>
/// <param name="Pair">The pair.</param>
/// <param name="Rule">Number of the grouping rule of its group.</param>
/// <param name="Model">The model that wrote it.</param>
/// <param name="Claims">Its claims with their sources.</param>
/// <param name="Sources">
/// Chunks to which its claims were traced, in reading order; those that the model cited if nothing was traced.
/// </param>
public sealed record ReviewedPair(
    QaPair Pair, int Rule, string Model, IReadOnlyList<TracedClaim> Claims, IReadOnlyList<string> Sources);
