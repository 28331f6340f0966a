namespace TurkishLlm.Synthesis.Generation;

/// <summary>How many pairs a group is asked for.</summary>
/// <remarks>
/// 4.5·log₂(tokens ÷ 60), 5 … 29: within one pair of what the reference report got for groups of 200 (8.2), 600 (15.0), 1,200 (19.6 … 20.8)
/// and 13,000 tokens (28.5), and its least and most. Source: reference report on fine-tuning, section 13.
/// </remarks>
public static class PairCount
{
    private const int Min = 5, Max = 29;

    /// <summary>Pairs for so many tokens.</summary>
    public static int Compute(int tokens) => (int)Math.Clamp(Math.Round(4.5 * Math.Log2(Math.Max(tokens, 1) / 60.0)), Min, Max);
}
