using TurkishLlm.Files;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Model;
using static System.FormattableString;

namespace TurkishLlm.Evaluation.Probing;

/// <summary>Options of asking a model what it knows.</summary>
public sealed record ProbeOptions
{
    /// <summary>Number of sampled answers per question.</summary>
    public int Samples { get; init; } = 8;

    /// <summary>Sampling options of the answers; their seed is replaced.</summary>
    public SamplingOptions Sampling { get; init; } = new() { Temperature = 0.8, TopK = 0, MaxTokens = 64 };

    /// <summary>F1 over words from which an answer is right; shorter references also count if the answer contains them.</summary>
    public double RightF1 { get; init; } = 0.6;

    /// <summary>Share of right answers from which a question is known.</summary>
    public double KnownShare { get; init; } = 0.5;

    /// <summary>Share of right answers up to which a question is unknown.</summary>
    public double UnknownShare { get; init; }

    /// <summary>Share of the written rows that are refusals, as long as there are enough unknown questions.</summary>
    public double RefusalShare { get; init; } = 0.2;

    /// <summary>Seed of the answers, and of the choice of refusals.</summary>
    public long Seed { get; init; }

    /// <summary>Throws if options are out of range; the exception lists all problems.</summary>
    /// <exception cref="ConfigurationException">A value is out of range.</exception>
    public void Validate()
    {
        Sampling.Validate();
        var problems = new List<ConfigurationProblem>();
        if (Samples < 1) problems.Add(new(Invariant($"samples is {Samples}; it must be at least 1."), "samples"));
        if (Samples > 1 && Sampling.Temperature == 0)
            problems.Add(new(
                Invariant($"temperature is 0, so {Quantity.Format(Samples, "sample")} would be the same answer. Use 1 sample."),
                "temperature"));
        RequireShare("right_f1", RightF1, isPositive: true);
        RequireShare("known_share", KnownShare, isPositive: true);
        RequireShare("unknown_share", UnknownShare, isPositive: false);
        if (UnknownShare >= KnownShare)
            problems.Add(new(
                Invariant($"unknown_share is {UnknownShare} and known_share is {KnownShare}; the first must be smaller."),
                "unknown_share"));
        if (!(RefusalShare is >= 0 and <= 0.9))
            problems.Add(new(Invariant($"refusal_share is {RefusalShare}; it must be 0 … 0.9, such as 0.2."), "refusal_share"));
        ConfigurationException.ThrowIfAny(problems);

        void RequireShare(string name, double value, bool isPositive)
        {
            if (value <= 1 && (isPositive ? value > 0 : value >= 0)) return;
            var least = isPositive ? "more than 0" : "at least 0";
            problems.Add(new(Invariant($"{name} is {value}; it must be {least} and at most 1."), name));
        }
    }
}
