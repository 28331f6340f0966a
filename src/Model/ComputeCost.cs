namespace TurkishLlm.Model;

/// <summary>What a model costs to compute, as formulas.</summary>
/// <remarks>Spec: EVL-13.</remarks>
public static class ComputeCost
{
    /// <summary>
    /// Floating-point operations that training on one token takes, by the usual count: 6 for each weight in a matrix product
    /// (a multiplication and an addition forward, twice that backward) and 12 · layers · width · length for attention.
    /// </summary>
    /// <param name="config">The model. Its embedding is a look-up and costs nothing; its head is a product, tied or not.</param>
    /// <param name="sequenceLength">Tokens of a sequence. The mask is not deducted: every query counts every key.</param>
    /// <remarks>
    /// Norms, activations, softmax and recomputed activations do not count. So a share of a machine's peak compares machines
    /// and programs, and is a little below what the machine really does.
    /// Source: Chowdhery et al. 2022, "PaLM", arXiv:2204.02311, appendix B; Kaplan et al. 2020, arXiv:2001.08361, section 2.1.
    /// </remarks>
    public static double TrainingFlopsPerToken(ModelConfig config, int sequenceLength)
    {
        ArgumentNullException.ThrowIfNull(config);
        double d = config.DModel, kv = (double)config.HeadDim * config.NKvHeads;
        var block = 2 * d * d + 2 * d * kv + 3 * d * config.DFf;
        return 6 * (config.NLayers * block + config.VocabSize * d) + 12.0 * config.NLayers * d * sequenceLength;
    }
}
