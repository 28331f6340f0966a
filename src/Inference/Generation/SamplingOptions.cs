using TurkishLlm.Model;

namespace TurkishLlm.Inference.Generation;

/// <summary>How the next token is chosen, and when to stop.</summary>
public sealed record SamplingOptions
{
    /// <summary>Most tokens to generate.</summary>
    public int MaxTokens { get; init; } = 128;

    /// <summary>Divides the logits before anything else; 0 always takes the likeliest token.</summary>
    public double Temperature { get; init; } = 0.8;

    /// <summary>Only so many of the likeliest tokens can be drawn; 0 is all.</summary>
    public int TopK { get; init; } = 40;

    /// <summary>Only the likeliest tokens whose probabilities first reach this sum can be drawn; 1 is all.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>
    /// Makes tokens that were chosen before less likely, ahead of everything else: divides their logits where they are above 0,
    /// multiplies them where they are below. 1 is off. The prompt does not count: an answer may repeat what it was given.
    /// </summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>Same seed, same text.</summary>
    public long Seed { get; init; }

    /// <summary>Tokens that end the text; they are not part of it.</summary>
    public IReadOnlyList<int> StopIds { get; init; } = [];

    /// <summary>Always the likeliest token.</summary>
    public static SamplingOptions Greedy(int maxTokens) => new() { MaxTokens = maxTokens, Temperature = 0, TopK = 0 };

    /// <summary>Refuses values that no sampler can follow, all of them at once.</summary>
    /// <exception cref="ConfigurationException">A value is out of range.</exception>
    public void Validate()
    {
        var problems = new List<ConfigurationProblem>();
        if (MaxTokens < 1) problems.Add(new(FormattableString.Invariant($"max_tokens is {MaxTokens}; it must be at least 1."), "max_tokens"));
        if (!(Temperature >= 0 && double.IsFinite(Temperature))) problems.Add(new(FormattableString.Invariant($"temperature is {Temperature}; it must be 0 (always the likeliest) or more."), "temperature"));
        if (TopK < 0) problems.Add(new(FormattableString.Invariant($"top_k is {TopK}; it must be 0 (all tokens) or more."), "top_k"));
        if (!(TopP > 0 && TopP <= 1)) problems.Add(new(FormattableString.Invariant($"top_p is {TopP}; it must be more than 0 and at most 1 (all tokens)."), "top_p"));
        if (!(RepetitionPenalty > 0 && double.IsFinite(RepetitionPenalty))) problems.Add(new(FormattableString.Invariant($"repetition_penalty is {RepetitionPenalty}; it must be more than 0: 1 is off, 1.1 avoids what was said."), "repetition_penalty"));
        ConfigurationException.ThrowIfAny(problems);
    }
}
