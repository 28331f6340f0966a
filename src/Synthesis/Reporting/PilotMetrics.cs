namespace TurkishLlm.Synthesis.Reporting;

/// <summary>How a model did on groups that several models were asked about.</summary>
/// <param name="Model">The model.</param>
/// <param name="Pairs">Pairs that it wrote.</param>
/// <param name="Accepted">Those that passed every check.</param>
/// <param name="Cost">In dollars.</param>
public sealed record PilotMetrics(string Model, int Pairs, int Accepted, decimal Cost)
{
    /// <summary>Question diversity: entropy of the types, 0 (one type) … 1 (all five alike).</summary>
    public double TypeEntropy { get; init; }

    /// <summary>Question diversity: share of different first two words.</summary>
    public double DistinctOpeningShare { get; init; }

    /// <summary>Answer depth: words of an answer.</summary>
    public double WordsPerAnswer { get; init; }

    /// <summary>Answer depth: claims of an answer.</summary>
    public double ClaimsPerAnswer { get; init; }

    /// <summary>Inference: share of answers that were traced to two places or more.</summary>
    public double MultiSourceShare { get; init; }

    /// <summary>Inference: share of questions that ask for conclusions or comparisons.</summary>
    public double InferentialShare { get; init; }

    /// <summary>Repetition: mean similarity of a question to the one of the same model most like it, 0 … 1.</summary>
    public double Repetition { get; init; }

    /// <summary>Dollars for an accepted pair; null where there is none.</summary>
    public decimal? CostPerPair => Accepted == 0 ? null : Cost / Accepted;
}
