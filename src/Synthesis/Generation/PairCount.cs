namespace TurkishLlm.Synthesis.Generation;

/// <summary>Computes the number of pairs to request for a group.</summary>
/// <remarks>
/// 4.5·log₂(tokens ÷ 60), 5 … 29: within one pair of the reference report's results for groups of 200 (8.2), 600 (15.0), 1,200
/// (19.6 … 20.8) and 13,000 tokens (28.5), with its minimum and maximum. Source: reference report on fine-tuning, section 13.
/// </remarks>
public static class PairCount
{
    private const int Min = 5, Max = 29;

    /// <summary>Returns the number of pairs for a group with the given number of tokens.</summary>
    public static int Compute(int tokens) => (int)Math.Clamp(Math.Round(4.5 * Math.Log2(Math.Max(tokens, 1) / 60.0)), Min, Max);
}
