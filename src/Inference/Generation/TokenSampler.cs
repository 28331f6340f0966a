using TurkishLlm.Model;

namespace TurkishLlm.Inference.Generation;

/// <summary>
/// Draws the tokens of one text: the penalty on repetition first, then temperature, then top-k, then top-p, then one draw from
/// what is left. Its random numbers are its own, so that a sample taken during training changes nothing in the training.
/// </summary>
/// <remarks>
/// Spec: P45, GEN-04, GEN-05, GEN-06, GEN-08, GEN-09. Equal logits rank by id, so that results do not depend on a sort.
/// Source: Keskar et al. 2019, "CTRL", arXiv:1909.05858, section 4.1 (penalty; for negative logits as all libraries mend it).
/// </remarks>
public sealed class TokenSampler
{
    private readonly SamplingOptions _options;
    private readonly HashSet<int> _previousIds = [];
    private ulong _state;

    /// <param name="options">How to choose.</param>
    /// <exception cref="ConfigurationException">An option is out of range.</exception>
    public TokenSampler(SamplingOptions options)
    {
        options.Validate();
        _options = options;
        _state = (ulong)options.Seed;
    }

    /// <summary>Chooses a token; every call goes on in the stream of random numbers, and remembers what was chosen.</summary>
    /// <param name="logits">A score per token of the vocabulary.</param>
    /// <returns>A token id.</returns>
    /// <exception cref="InvalidDataException">A logit is NaN: the model has diverged.</exception>
    /// <exception cref="ArgumentException">There are no logits, or none for a token that was chosen before.</exception>
    public int Sample(ReadOnlySpan<float> logits)
    {
        foreach (var logit in logits)
            if (float.IsNaN(logit)) throw new InvalidDataException("A logit is NaN: the weights have diverged. Take an earlier checkpoint.");
        var chosen = _options.Temperature == 0 ? ArgMax(ApplyRepetitionPenalty(logits, _options, _previousIds)) : SampleFromDistribution(logits);
        _previousIds.Add(chosen);
        return chosen;
    }

    /// <summary>What can be drawn, likeliest first, and with which probability.</summary>
    /// <param name="logits">A score per token of the vocabulary.</param>
    /// <param name="options">Temperature above 0, top-k, top-p and the penalty.</param>
    /// <param name="previousIds">Tokens that were chosen before; null for none.</param>
    /// <exception cref="ArgumentException">There are no logits, or none for a token that was chosen before.</exception>
    public static (int[] Ids, double[] Probabilities) GetDistribution(ReadOnlySpan<float> logits, SamplingOptions options, IReadOnlyCollection<int>? previousIds = null)
    {
        logits = ApplyRepetitionPenalty(logits, options, previousIds ?? []);
        var ranked = new (double Score, int Id)[logits.Length];
        for (var i = 0; i < ranked.Length; i++) ranked[i] = (-logits[i] / options.Temperature, i);
        Array.Sort(ranked);                                   // likeliest first, then by id

        var kept = options.TopK > 0 ? Math.Min(options.TopK, ranked.Length) : ranked.Length;
        var probabilities = new double[kept];
        var sum = 0.0;
        for (var i = 0; i < kept; i++) sum += probabilities[i] = Math.Exp(ranked[0].Score - ranked[i].Score);
        for (var i = 0; i < kept; i++) probabilities[i] /= sum;

        if (options.TopP < 1)
        {
            var (reached, count) = (0.0, 0);
            while (count < kept && reached < options.TopP) reached += probabilities[count++];      // the one that crosses stays
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
        return ids[^1];
    }

    private static ReadOnlySpan<float> ApplyRepetitionPenalty(ReadOnlySpan<float> logits, SamplingOptions options, IReadOnlyCollection<int> previousIds)
    {
        if (logits.IsEmpty) throw new ArgumentException("There are no logits; give one for each token.", nameof(logits));
        if (options.RepetitionPenalty == 1 || previousIds.Count == 0) return logits;
        foreach (var id in previousIds)
            if ((uint)id >= (uint)logits.Length)
                throw new ArgumentException(
                    $"Token {id} was chosen before, but there are {logits.Length} logits. Use a sampler for one model only.",
                    nameof(previousIds));
        var (penalised, penalty) = (logits.ToArray(), (float)options.RepetitionPenalty);
        foreach (var id in previousIds) penalised[id] = penalised[id] > 0 ? penalised[id] / penalty : penalised[id] * penalty;
        return penalised;
    }

    private static int ArgMax(ReadOnlySpan<float> logits)
    {
        var best = 0;
        for (var i = 1; i < logits.Length; i++)
            if (logits[i] > logits[best]) best = i;
        return best;
    }

    // SplitMix64: Steele, Lea & Flood 2014, "Fast splittable pseudorandom number generators".
    private double NextUniform()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
    }
}
