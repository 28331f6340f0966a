using TurkishLlm.Inference.Generation;
using TurkishLlm.Model;

namespace TurkishLlm.Evaluation.Tasks;

/// <summary>How a model is asked.</summary>
public sealed record EvaluationOptions
{
    /// <summary>Most tokens of an answer.</summary>
    public int MaxTokens { get; init; } = 128;

    /// <summary>Answers that are drawn of every question for pass@k, beside the likeliest one; 0 is none.</summary>
    public int SamplesPerQuestion { get; init; }

    /// <summary>How often one may try: the k of pass@k.</summary>
    public IReadOnlyList<int> PassAt { get; init; } = [1];

    /// <summary>How drawn answers choose their tokens.</summary>
    public SamplingOptions Sampling { get; init; } = new() { Temperature = 0.8, TopK = 0 };

    /// <summary>What the scores of choices are divided by.</summary>
    public ChoiceNormalization ChoiceNormalization { get; init; }

    /// <summary>What is said where the answer is not known.</summary>
    public string Refusal { get; init; } = TurkishLlm.Evaluation.Metrics.Refusal.DefaultText;

    /// <summary>Seed of drawn answers and of intervals.</summary>
    public long Seed { get; init; }

    /// <summary>How often rows are drawn for an interval.</summary>
    public int Resamples { get; init; } = 1000;

    /// <summary>Refuses values that cannot be followed, all at once.</summary>
    /// <exception cref="ConfigurationException">A value is out of range.</exception>
    public void Validate()
    {
        Sampling.Validate();
        var problems = new List<ConfigurationProblem>();
        if (MaxTokens < 1) problems.Add(new(FormattableString.Invariant($"max_tokens is {MaxTokens}; it must be at least 1."), "max_tokens"));
        if (SamplesPerQuestion < 0) problems.Add(new(FormattableString.Invariant($"samples is {SamplesPerQuestion}; it must be 0 (none) or more."), "samples"));
        if (Resamples < 100) problems.Add(new(FormattableString.Invariant($"resamples is {Resamples}; fewer than 100 have no percentiles to speak of."), "resamples"));
        foreach (var k in PassAt.Where(k => k < 1 || (SamplesPerQuestion > 0 && k > SamplesPerQuestion)))
            problems.Add(new(FormattableString.Invariant($"pass@{k} needs {k} samples at least, and k from 1 on; samples is {SamplesPerQuestion}."), "samples"));
        ConfigurationException.ThrowIfAny(problems);
    }
}
