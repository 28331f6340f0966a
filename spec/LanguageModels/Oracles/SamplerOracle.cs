namespace TurkishLlm.Specification.LanguageModels.Oracles;

/// <summary>
/// The probability of every token under all options of sampling, by their definitions and without sorting in place.
/// </summary>
public static class SamplerOracle
{
    /// <param name="logits">A logit per token.</param>
    /// <param name="temperature">Divides the logits; above 0.</param>
    /// <param name="topK">Number of most likely tokens to keep; 0 for all.</param>
    /// <param name="topP">Probability that the most likely tokens must reach; 1 for all.</param>
    /// <param name="penalty">Repetition penalty.</param>
    /// <param name="chosen">Tokens chosen before.</param>
    /// <returns>A probability per token; 0 if it cannot be sampled.</returns>
    public static double[] Probabilities(
        float[] logits, double temperature, int topK, double topP, double penalty, IReadOnlyCollection<int> chosen)
    {
        // The penalty is taken in float32, as the logits are; everything else in float64.
        var scores = logits
            .Select(
                (logit, id) =>
                    (double)(
                        !chosen.Contains(id) || penalty == 1 ? logit
                        : logit > 0 ? logit / (float)penalty
                        : logit * (float)penalty) / temperature)
            .ToArray();
        var kept = Enumerable.Range(0, scores.Length).Where(id => topK == 0 || Rank(scores, id) < topK).ToArray();
        var probabilities = Normalize(scores, kept);
        if (topP < 1)
        {
            kept =
            [
                .. kept.Where(id =>
                    kept.Where(other => Rank(scores, other) < Rank(scores, id)).Sum(other => probabilities[other]) < topP),
            ];
            probabilities = Normalize(scores, kept);
        }
        return probabilities;
    }

    // Counts the tokens that are more likely; of equal ones, those with a lower id.
    private static int Rank(double[] scores, int id) =>
        scores.Where((score, other) => score > scores[id] || (score == scores[id] && other < id)).Count();

    private static double[] Normalize(double[] scores, int[] kept)
    {
        var shares = new double[scores.Length];
        foreach (var id in kept) shares[id] = 1 / kept.Sum(other => Math.Exp(scores[other] - scores[id]));
        return shares;
    }
}
