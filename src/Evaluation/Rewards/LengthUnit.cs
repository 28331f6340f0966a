namespace TurkishLlm.Evaluation.Rewards;

/// <summary>What the length of an answer is counted in.</summary>
public enum LengthUnit
{
    /// <summary>Words, as metrics count them.</summary>
    Words,

    /// <summary>Generated tokens.</summary>
    Tokens,
}
