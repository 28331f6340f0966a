using TurkishLlm.Specification.LanguageModels.Functions;

namespace TurkishLlm.Specification.LanguageModels.Reference;

/// <summary>A sampler that sorts all tokens.</summary>
public static class ReferenceSampler
{
    /// <summary>Computes the probability of every token.</summary>
    /// <param name="logits">A logit per token.</param>
    /// <param name="options">The options.</param>
    /// <param name="chosen">Tokens chosen before.</param>
    public static double[] Distribute(float[] logits, SamplerConstants options, IReadOnlyList<int> chosen)
    {
        var penalized = chosen.ToHashSet();
        var scores = logits.Select((logit, id) => penalized.Contains(id) ? Penalize(logit, options.RepetitionPenalty) : logit);
        var order = scores.Select((score, id) => (Score: (double)score, Id: id))
            .OrderByDescending(token => token.Score)
            .Take(options.Temperature == 0 ? 1 : options.TopK > 0 ? options.TopK : logits.Length)
            .ToArray();
        var temperature = options.Temperature == 0 ? 1 : options.Temperature;
        var weights = order.Select(token => Math.Exp((token.Score - order[0].Score) / temperature)).ToArray();
        var (sum, reached, kept) = (weights.Sum(), 0.0, 0);
        while (kept < weights.Length && (options.TopP >= 1 || reached < options.TopP * sum)) reached += weights[kept++];
        var probabilities = new double[logits.Length];
        for (var i = 0; i < kept; i++) probabilities[order[i].Id] = weights[i] / reached;
        return probabilities;
    }

    /// <summary>Samples tokens one after the other.</summary>
    /// <param name="logits">A logit per token.</param>
    /// <param name="options">The options.</param>
    /// <param name="count">Number of tokens.</param>
    public static IReadOnlyList<int> Sample(float[] logits, SamplerConstants options, int count)
    {
        var (random, chosen) = (new Random(unchecked((int)options.Seed)), new List<int>(count));
        var probabilities = Distribute(logits, options, chosen);
        while (chosen.Count < count)
        {
            var rest = random.NextDouble();
            var id = Array.FindIndex(probabilities, p => (rest -= p) < 0);
            chosen.Add(id >= 0 ? id : Array.FindLastIndex(probabilities, p => p > 0));
            if (options.RepetitionPenalty != 1) probabilities = Distribute(logits, options, chosen);
        }
        return chosen;
    }

    /// <summary>Returns logits with which only some tokens can be sampled.</summary>
    /// <param name="kept">A number above 0 per token to keep.</param>
    /// <param name="logits">The logits.</param>
    internal static float[] MaskOthers(double[] kept, float[] logits) =>
        [.. logits.Select((logit, id) => kept[id] > 0 ? logit : -1e9f)];

    private static float Penalize(float logit, double penalty) => logit > 0 ? logit / (float)penalty : logit * (float)penalty;
}
