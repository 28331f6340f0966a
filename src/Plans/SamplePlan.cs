using TurkishLlm.Model;

namespace TurkishLlm.Plans;

/// <summary>Text that the model generates during training: section <c>samples</c> of a plan.</summary>
/// <remarks>Defaults: reference report, section 13, "Generated samples across training".</remarks>
public sealed record SamplePlan
{
    /// <summary>Steps between two samples; 0 = never.</summary>
    public long Every { get; init; } = 1000;

    /// <summary>Prompts that the model continues.</summary>
    public IReadOnlyList<string> Prompts { get; init; } = ["Merhaba", "Türkiye", "Stok"];

    /// <summary>Maximum length of a continuation in tokens.</summary>
    public int MaxTokens { get; init; } = 64;

    /// <summary>Sampling temperature; 0 = always the most likely token.</summary>
    public double Temperature { get; init; } = 0.8;

    /// <summary>Sample from the k most likely tokens; 0 = no limit.</summary>
    public int TopK { get; init; } = 40;

    /// <inheritdoc/>
    public bool Equals(SamplePlan? other) =>
        other is not null && Every == other.Every && Prompts.SequenceEqual(other.Prompts, StringComparer.Ordinal)
        && MaxTokens == other.MaxTokens && Temperature.Equals(other.Temperature) && TopK == other.TopK;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Every, Prompts.Count, MaxTokens, Temperature, TopK);

    internal IEnumerable<ConfigurationProblem> FindProblems()
    {
        if (Every > 0 && Prompts.Count == 0)
            yield return new(
                "samples.prompts is empty, so there is nothing to continue. Add a prompt, or use every: 0.", "samples.prompts",
                "samples.every");
    }
}
