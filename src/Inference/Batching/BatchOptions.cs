using TurkishLlm.Model;

namespace TurkishLlm.Inference.Batching;

/// <summary>Limits of a <see cref="BatchScheduler"/>.</summary>
public sealed record BatchOptions
{
    /// <summary>Maximum number of texts that are generated at once. Each has a cache of the whole context.</summary>
    public int MaxTexts { get; init; } = 8;

    /// <summary>Maximum number of waiting requests; further ones are refused.</summary>
    public int MaxQueue { get; init; } = 64;

    /// <summary>
    /// Maximum number of prompt tokens per step, over all texts. Running answers wait for at most this many between two tokens.
    /// </summary>
    public int PrefillTokens { get; init; } = 128;

    /// <summary>Validates all values and reports all problems at once.</summary>
    /// <exception cref="ConfigurationException">A value is out of range.</exception>
    public void Validate()
    {
        var problems = new List<ConfigurationProblem>();
        Require(MaxTexts, 1, "max_texts");
        Require(MaxQueue, 0, "max_queue");
        Require(PrefillTokens, 1, "prefill_tokens");
        ConfigurationException.ThrowIfAny(problems);

        void Require(int value, int minimum, string key)
        {
            if (value < minimum)
                problems.Add(new(FormattableString.Invariant($"{key} is {value}; it must be at least {minimum}."), key));
        }
    }
}
