using TurkishLlm.Data.Batches;
using TurkishLlm.Model;

namespace TurkishLlm.Inference.Generation;

/// <summary>
/// Samples the tokens of one text: applies the repetition penalty, temperature, top-k and top-p in this order and draws from the
/// remaining tokens. It has a random number generator of its own, so samples taken during training do not affect the training.
/// </summary>
/// <remarks>
/// Spec: P45, GEN-04, GEN-05, GEN-06, GEN-08, GEN-09. Equal logits are ordered by id, so results do not depend on the sorting
/// algorithm. Source: Keskar et al. 2019, "CTRL", arXiv:1909.05858, section 4.1 (penalty; for negative logits corrected as in all
/// libraries).
/// </remarks>
public sealed class TokenSampler
{
    private readonly SamplingOptions _options;
    private readonly HashSet<int> _previousIds = [];
    private ulong _state;

    /// <param name="options">Sampling options.</param>
    /// <exception cref="ConfigurationException">An option is out of range.</exception>
    public TokenSampler(SamplingOptions options)
    {
        options.Validate();
        _options = options;
        _state = (ulong)options.Seed;
    }

    /// <summary>Samples a token, advances the random number generator and records the token for the repetition penalty.</summary>
    /// <param name="logits">One logit per token of the vocabulary.</param>
    /// <returns>A token id.</returns>
    /// <exception cref="InvalidDataException">A logit is NaN: the model has diverged.</exception>
    /// <exception cref="ArgumentException">There are no logits, or none for a previously chosen token.</exception>
    public int Sample(ReadOnlySpan<float> logits)
    {
        foreach (var logit in logits)
            if (float.IsNaN(logit))
                throw new InvalidDataException("A logit is NaN: the weights have diverged. Use an earlier checkpoint.");
        var chosen =
            _options.Temperature == 0
                ? ArgMax(ApplyRepetitionPenalty(logits, _options, _previousIds))
                : SampleFromDistribution(logits);
        _previousIds.Add(chosen);
        return chosen;
    }

    /// <summary>Computes the distribution to sample from: ids, most likely first, with their probabilities.</summary>
    /// <param name="logits">One logit per token of the vocabulary.</param>
    /// <param name="options">Temperature above 0, top-k, top-p and repetition penalty.</param>
    /// <param name="previousIds">Previously chosen tokens; null for none.</param>
    /// <exception cref="ArgumentException">There are no logits, or none for a previously chosen token.</exception>
    public static (int[] Ids, double[] Probabilities) GetDistribution(
        ReadOnlySpan<float> logits, SamplingOptions options,
        IReadOnlyCollection<int>? previousIds = null)
    {
        logits = ApplyRepetitionPenalty(logits, options, previousIds ?? []);
        var kept = options.TopK > 0 ? Math.Min(options.TopK, logits.Length) : logits.Length;
        var ranked = TokenRanking.Rank(logits, options.Temperature, kept);                 // most likely first, then by id
        var probabilities = new double[kept];
        var sum = 0.0;
        for (var i = 0; i < kept; i++) sum += probabilities[i] = Math.Exp(ranked[0].Score - ranked[i].Score);
        for (var i = 0; i < kept; i++) probabilities[i] /= sum;

        if (options.TopP < 1)
        {
            var (reached, count) = (0.0, 0);
            // the token that crosses the limit is kept
            while (count < kept && reached < options.TopP) reached += probabilities[count++];
            kept = count;
            for (var i = 0; i < kept; i++) probabilities[i] /= reached;
        }
        return (Array.ConvertAll(ranked[..kept], r => r.Id), probabilities[..kept]);
    }

    private int SampleFromDistribution(ReadOnlySpan<float> logits)
    {
        var (ids, probabilities) = GetDistribution(logits, _options, _previousIds);
        var draw = NextUniform();
        for (var i = 0; i < ids.Length; i++)
        {
            draw -= probabilities[i];
            if (draw < 0) return ids[i];
        }
        return ids[Array.FindLastIndex(probabilities, probability => probability > 0)];     // the sum was rounded
    }

    private static ReadOnlySpan<float> ApplyRepetitionPenalty(
        ReadOnlySpan<float> logits, SamplingOptions options, IReadOnlyCollection<int> previousIds)
    {
        if (logits.IsEmpty)
            throw new ArgumentException("There are no logits; give one per token of the vocabulary.", nameof(logits));
        if (options.RepetitionPenalty == 1 || previousIds.Count == 0) return logits;
        foreach (var id in previousIds)
            if ((uint)id >= (uint)logits.Length)
                throw new ArgumentException(
                    $"Token {id} was chosen before, but there are {logits.Length} logits. Use a separate sampler for each model.",
                    nameof(previousIds));
        var (penalized, penalty) = (logits.ToArray(), (float)options.RepetitionPenalty);
        foreach (var id in previousIds) penalized[id] = penalized[id] > 0 ? penalized[id] / penalty : penalized[id] * penalty;
        return penalized;
    }

    private static int ArgMax(ReadOnlySpan<float> logits)
    {
        var best = 0;
        for (var i = 1; i < logits.Length; i++)
            if (logits[i] > logits[best]) best = i;
        return best;
    }

    private double NextUniform() => (SplitMix64.Mix(_state += SplitMix64.Increment) >> 11) * (1.0 / (1UL << 53));
}
