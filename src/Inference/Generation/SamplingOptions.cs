using TurkishLlm.Model;

namespace TurkishLlm.Inference.Generation;

/// <summary>Options for choosing tokens and for ending the text.</summary>
public sealed record SamplingOptions
{
    /// <summary>Maximum number of tokens to generate.</summary>
    public int MaxTokens { get; init; } = 128;

    /// <summary>Divides the logits before top-k and top-p; 0 always takes the most likely token.</summary>
    public double Temperature { get; init; } = 0.8;

    /// <summary>Sample from the k most likely tokens (0 = no limit).</summary>
    public int TopK { get; init; } = 40;

    /// <summary>
    /// Sample from the smallest set of most likely tokens with a total probability of at least this value (1 = all tokens).
    /// </summary>
    public double TopP { get; init; } = 1;

    /// <summary>
    /// Makes tokens that were already generated less likely, before all other options: divides their positive logits and
    /// multiplies their negative ones (1 = off). Tokens of the prompt are not penalized, because an answer may repeat them.
    /// </summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>Seed of the random numbers: the same seed gives the same text.</summary>
    public long Seed { get; init; }

    /// <summary>Tokens that end the text. They are not part of it.</summary>
    public IReadOnlyList<int> StopIds { get; init; } = [];

    /// <summary>Returns options that always take the most likely token.</summary>
    public static SamplingOptions Greedy(int maxTokens) => new() { MaxTokens = maxTokens, Temperature = 0, TopK = 0 };

    /// <summary>Validates all values and reports all problems at once.</summary>
    /// <exception cref="ConfigurationException">A value is out of range.</exception>
    public void Validate()
    {
        var problems = new List<ConfigurationProblem>();
        if (MaxTokens < 1)
            problems.Add(new(FormattableString.Invariant($"max_tokens is {MaxTokens}; it must be at least 1."), "max_tokens"));
        if (!(Temperature >= 0 && double.IsFinite(Temperature)))
            problems.Add(
                new(
                    FormattableString.Invariant(
                        $"temperature is {Temperature}; it must be 0 (always the most likely token) or more."),
                    "temperature"));
        if (TopK < 0)
            problems.Add(new(FormattableString.Invariant($"top_k is {TopK}; it must be 0 (no limit) or more."), "top_k"));
        if (!(TopP > 0 && TopP <= 1))
            problems.Add(
                new(FormattableString.Invariant($"top_p is {TopP}; it must be more than 0 and at most 1 (all tokens)."), "top_p")
            );
        if (!(RepetitionPenalty > 0 && double.IsFinite(RepetitionPenalty)))
            problems.Add(
                new(
                    FormattableString.Invariant(
                        $"repetition_penalty is {RepetitionPenalty}; it must be more than 0: 1 is off, 1.1 avoids repetitions."),
                    "repetition_penalty"));
        ConfigurationException.ThrowIfAny(problems);
    }
}
