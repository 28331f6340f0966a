using TurkishLlm.Model;

namespace TurkishLlm.Plans;

/// <summary>How fast groups of weights move: factors of the learning rate, section <c>optimizer.learning_rate_multipliers</c> of a plan.</summary>
/// <param name="Embedding">Of the embedding; it is the head too where the two are tied.</param>
/// <param name="Matrices">Of the matrices of the blocks.</param>
/// <param name="Norms">Of the norms.</param>
/// <param name="Head">Of the head where it has weights of its own.</param>
/// <remarks>Source: nanochat, <c>scripts/chat_sft.py</c>: embedding 0.2, matrices 0.02, head 0.004. Spec: OPT-20.</remarks>
public sealed record LearningRateMultipliers(double Embedding = 1, double Matrices = 1, double Norms = 1, double Head = 1)
{
    /// <summary>The factor of a weight.</summary>
    /// <param name="name">Its checkpoint name.</param>
    public double GetMultiplier(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name switch
        {
            "embed_tokens.weight" => Embedding,
            "lm_head.weight" => Head,
            _ when name.EndsWith("norm.weight", StringComparison.Ordinal) => Norms,
            _ => Matrices,
        };
    }

    internal IEnumerable<ConfigurationProblem> FindProblems() =>
    [
        .. PlanRange.AtLeast(0, Embedding, "optimizer.learning_rate_multipliers.embedding"),
        .. PlanRange.AtLeast(0, Matrices, "optimizer.learning_rate_multipliers.matrices"),
        .. PlanRange.AtLeast(0, Norms, "optimizer.learning_rate_multipliers.norms"),
        .. PlanRange.AtLeast(0, Head, "optimizer.learning_rate_multipliers.head"),
    ];
}
