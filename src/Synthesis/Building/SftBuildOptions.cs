using TurkishLlm.Data.Retrieval;

namespace TurkishLlm.Synthesis.Building;

/// <summary>Options for building fine-tuning rows from pairs.</summary>
public sealed record SftBuildOptions
{
    /// <summary>Fraction of documents for validation.</summary>
    public double ValidationShare { get; init; } = 0.1;

    /// <summary>Fraction of rows with a context that does not contain the answer, and a refusal as answer.</summary>
    public double RefusalShare { get; init; } = 0.1;

    /// <summary>Number and length of the passages of a row: those that chat shows the model.</summary>
    public RetrievalBudget Budget { get; init; } = new(ContextLength: 2048);

    /// <summary>True to end answers with the numbers of the passages that support them, such as <c>[2]</c>.</summary>
    public bool Citations { get; init; } = true;
}
