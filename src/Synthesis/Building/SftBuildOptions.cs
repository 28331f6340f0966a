namespace TurkishLlm.Synthesis.Building;

/// <summary>How rows are made of pairs.</summary>
public sealed record SftBuildOptions
{
    /// <summary>Share of documents kept for validation.</summary>
    public double ValidationShare { get; init; } = 0.1;

    /// <summary>Share of rows whose context does not answer the question, and whose answer says so.</summary>
    public double RefusalShare { get; init; } = 0.1;

    /// <summary>Most tokens of a context, as the chunks count them: what 2,048 leave beside instructions, question and answer.</summary>
    public int ContextTokens { get; init; } = 1500;
}
