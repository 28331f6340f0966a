namespace TurkishLlm.Evaluation.Metrics;

/// <summary>Metrics of a search, per question; the mean over questions is recall@k and the mean reciprocal rank.</summary>
/// <remarks>
/// Source: Voorhees 1999, "The TREC-8 question answering track report" (mean reciprocal rank).
/// </remarks>
public static class RankMetrics
{
    /// <summary>Returns 1 if a passage that contains the answer is among the first ones, 0 otherwise.</summary>
    /// <param name="rank">Rank of the first passage that contains the answer, counted from 1; null if none was found.</param>
    /// <param name="cutoff">Number of passages that count.</param>
    public static double Recall(int? rank, int cutoff) => rank <= cutoff ? 1 : 0;

    /// <summary>Returns one divided by the rank; 0 if no passage that contains the answer was found.</summary>
    /// <param name="rank">As in <see cref="Recall"/>.</param>
    public static double ReciprocalRank(int? rank) => rank is { } place ? 1.0 / place : 0;
}
