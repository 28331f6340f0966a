namespace TurkishLlm.Synthesis.Reporting;

/// <summary>Metrics of a model on the groups of a comparison.</summary>
/// <param name="Model">Name of the model.</param>
/// <param name="Pairs">Number of pairs that it wrote.</param>
/// <param name="Accepted">Number of accepted pairs.</param>
/// <param name="Cost">Cost in dollars.</param>
public sealed record PilotMetrics(string Model, int Pairs, int Accepted, decimal Cost)
{
    /// <summary>Question diversity: normalized entropy of the types, from 0 (one type) to 1 (all five equally often).</summary>
    public double TypeEntropy { get; init; }

    /// <summary>Question diversity: fraction of distinct first two words.</summary>
    public double DistinctOpeningShare { get; init; }

    /// <summary>Answer depth: mean number of words per answer.</summary>
    public double WordsPerAnswer { get; init; }

    /// <summary>Answer depth: mean number of claims per answer.</summary>
    public double ClaimsPerAnswer { get; init; }

    /// <summary>Inference: fraction of answers traced to two or more sources.</summary>
    public double MultiSourceShare { get; init; }

    /// <summary>Inference: fraction of inferential and comparative questions.</summary>
    public double InferentialShare { get; init; }

    /// <summary>Repetition: mean similarity of a question to the most similar question of the same model, 0 … 1.</summary>
    public double Repetition { get; init; }

    /// <summary>Dollars per accepted pair; null if none was accepted.</summary>
    public decimal? CostPerPair => Accepted == 0 ? null : Cost / Accepted;
}
