using TurkishLlm.Files;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Model;
using static System.FormattableString;

namespace TurkishLlm.Evaluation.Tasks;

/// <summary>Options of an evaluation.</summary>
public sealed record EvaluationOptions
{
    /// <summary>Largest number of tokens per answer.</summary>
    public int MaxTokens { get; init; } = 128;

    /// <summary>Sampled answers per question for pass@k, in addition to the most likely answer; 0 for none.</summary>
    public int SamplesPerQuestion { get; init; }

    /// <summary>The values of k of pass@k.</summary>
    public IReadOnlyList<int> PassAt { get; init; } = [1];

    /// <summary>Sampling options of sampled answers.</summary>
    public SamplingOptions Sampling { get; init; } = new() { Temperature = 0.8, TopK = 0 };

    /// <summary>Divisor of the scores of choices for <see cref="Metric.NormalizedAccuracy"/>; none omits that metric.</summary>
    public ChoiceNormalization ChoiceNormalization { get; init; } = ChoiceNormalization.Characters;

    /// <summary>The refusal that the model should give if it does not know the answer.</summary>
    public string Refusal { get; init; } = TurkishLlm.Evaluation.Metrics.Refusal.DefaultText;

    /// <summary>Seed of sampled answers and of intervals.</summary>
    public long Seed { get; init; }

    /// <summary>Number of bootstrap resamples for an interval.</summary>
    public int Resamples { get; init; } = 1000;

    /// <summary>Throws if options are out of range; the exception lists all problems.</summary>
    /// <exception cref="ConfigurationException">A value is out of range.</exception>
    public void Validate()
    {
        Sampling.Validate();
        var problems = new List<ConfigurationProblem>();
        if (MaxTokens < 1) problems.Add(new(Invariant($"max_tokens is {MaxTokens}; it must be at least 1."), "max_tokens"));
        if (SamplesPerQuestion < 0)
            problems.Add(new(Invariant($"samples is {SamplesPerQuestion}; it must be 0 (none) or more."), "samples"));
        if (Resamples < 100)
            problems.Add(new(Invariant($"resamples is {Resamples}; it must be at least 100 for percentiles."), "resamples"));
        foreach (var k in PassAt.Where(k => k < 1 || (SamplesPerQuestion > 0 && k > SamplesPerQuestion)))
            problems.Add(
                new(
                    Invariant(
                        $"pass@{k} needs k ≥ 1 and at least {Quantity.Format(k, "sample")}; samples is {SamplesPerQuestion}."),
                    "samples"));
        ConfigurationException.ThrowIfAny(problems);
    }
}
