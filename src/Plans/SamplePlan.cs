using TurkishLlm.Model;

namespace TurkishLlm.Plans;

/// <summary>Text written by the model on the way, to see what it has learned: section <c>samples</c> of a plan.</summary>
/// <remarks>Defaults: reference report, section 13, "Generated samples across training".</remarks>
public sealed record SamplePlan
{
    /// <summary>Steps between two samples; 0 is never.</summary>
    public long Every { get; init; } = 1000;

    /// <summary>Beginnings the model continues.</summary>
    public IReadOnlyList<string> Prompts { get; init; } = ["Merhaba", "Türkiye", "Stok"];

    /// <summary>Most tokens of a continuation.</summary>
    public int MaxTokens { get; init; } = 64;

    /// <summary>Divides the logits; 0 takes the likeliest token.</summary>
    public double Temperature { get; init; } = 0.8;

    /// <summary>Only the likeliest tokens can be drawn; 0 is all.</summary>
    public int TopK { get; init; } = 40;

    /// <inheritdoc/>
    public bool Equals(SamplePlan? other) =>
        other is not null && Every == other.Every && Prompts.SequenceEqual(other.Prompts, StringComparer.Ordinal)
        && MaxTokens == other.MaxTokens && Temperature.Equals(other.Temperature) && TopK == other.TopK;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Every, Prompts.Count, MaxTokens, Temperature, TopK);

    internal IEnumerable<ConfigurationProblem> FindProblems()
    {
        foreach (var problem in (ConfigurationProblem[])
        [
            .. PlanRange.AtLeast(0, Every, "samples.every"),
            .. PlanRange.AtLeast(1, MaxTokens, "samples.max_tokens"),
            .. PlanRange.AtLeast(0, Temperature, "samples.temperature"),
            .. PlanRange.AtLeast(0, TopK, "samples.top_k"),
        ])
            yield return problem;

        if (Every > 0 && Prompts.Count == 0)
            yield return new("samples.prompts is empty, so there is nothing to continue. Give a prompt, or use every: 0.", "samples.prompts", "samples.every");
    }
}
