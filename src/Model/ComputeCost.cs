namespace TurkishLlm.Model;

/// <summary>Formulas for the compute cost of a model.</summary>
/// <remarks>Spec: EVL-13.</remarks>
public static class ComputeCost
{
    /// <summary>
    /// Returns the floating-point operations of training on one token, by the usual count: 6 per weight in a matrix product (a
    /// multiplication and an addition forward, twice that backward) and 12 · layers · width · length for attention.
    /// </summary>
    /// <param name="config">The model. Its embedding is a lookup without cost; its head is a product, tied or not.</param>
    /// <param name="sequenceLength">
    /// Tokens of a sequence. Attention is counted in full, without deducting the causal mask.
    /// </param>
    /// <remarks>
    /// Norms, activations, softmax and recomputed activations are not counted, so the utilization computed from it is slightly
    /// below the real one. Source: Chowdhery et al. 2022, "PaLM", arXiv:2204.02311, appendix B; Kaplan et al. 2020,
    /// arXiv:2001.08361, section 2.1.
    /// </remarks>
    public static double TrainingFlopsPerToken(ModelConfig config, int sequenceLength)
    {
        ArgumentNullException.ThrowIfNull(config);
        double d = config.DModel, kv = (double)config.HeadDim * config.NKvHeads;
        var block = 2 * d * d + 2 * d * kv + 3 * d * config.DFf;
        return 6 * (config.NLayers * block + config.VocabSize * d) + 12.0 * config.NLayers * d * sequenceLength;
    }
}
