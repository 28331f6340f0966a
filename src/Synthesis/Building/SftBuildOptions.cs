namespace TurkishLlm.Synthesis.Building;

/// <summary>Options for building fine-tuning rows from pairs.</summary>
public sealed record SftBuildOptions
{
    /// <summary>Fraction of documents for validation.</summary>
    public double ValidationShare { get; init; } = 0.1;

    /// <summary>Fraction of rows with a context that does not contain the answer, and a refusal as answer.</summary>
    public double RefusalShare { get; init; } = 0.1;

    /// <summary>
    /// Maximum number of tokens of a context, as counted for chunks. The default leaves room for instructions, question and
    /// answer in 2,048 tokens.
    /// </summary>
    public int ContextTokens { get; init; } = 1500;
}
