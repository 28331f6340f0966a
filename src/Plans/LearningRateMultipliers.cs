using TurkishLlm.Model.Layers;

namespace TurkishLlm.Plans;

/// <summary>Factors of the learning rate: section <c>optimizer.learning_rate_multipliers</c> of a plan.</summary>
/// <param name="Embedding">Factor for the embedding, and for the output projection if weights are tied.</param>
/// <param name="Matrices">Factor for the matrices of the transformer blocks.</param>
/// <param name="Norms">Factor for the weights of the norms.</param>
/// <param name="Head">Factor for the output projection if weights are not tied, and for the head of a reward model.</param>
/// <remarks>Source: nanochat, <c>scripts/chat_sft.py</c>: embedding 0.2, matrices 0.02, head 0.004. Spec: OPT-20.</remarks>
public sealed record LearningRateMultipliers(double Embedding = 1, double Matrices = 1, double Norms = 1, double Head = 1)
{
    /// <summary>Returns the factor of a weight.</summary>
    /// <param name="name">Checkpoint name of the weight.</param>
    public double GetMultiplier(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name switch
        {
            "embed_tokens.weight" => Embedding,
            "lm_head.weight" or RewardHead.WeightName => Head,
            _ when name.EndsWith("norm.weight", StringComparison.Ordinal) => Norms,
            _ => Matrices,
        };
    }
}
