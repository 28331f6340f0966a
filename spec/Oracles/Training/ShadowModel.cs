namespace TurkishLlm.Spec.Oracles.Training;

/// <summary>A model with fixed weights that measures examples one by one, each alone.</summary>
/// <param name="sizes">Sizes of the model.</param>
/// <param name="weights">Weights of the model, merged with an adapter if there is one.</param>
public sealed class ShadowModel(TransformerSizes sizes, IReadOnlyDictionary<string, double[]> weights)
{
    private readonly TransformerOracle _oracle = new(sizes, weights);

    /// <summary>Largest |logit| so far.</summary>
    public double LargestLogit { get; private set; }

    /// <summary>Sum of the losses of the learned targets, in nats.</summary>
    public double MeasureLoss(ShadowExample example)
    {
        var logits = _oracle.Logits(example.Inputs, 1);
        Observe(logits);
        return CrossEntropyOracle.TokenLosses(logits, example.Targets).Sum();
    }

    /// <summary>Sum of the losses of the learned targets and its gradient by every weight.</summary>
    public (double Loss, IReadOnlyDictionary<string, double[]> Gradients) Differentiate(ShadowExample example)
    {
        var result = _oracle.Run(example.Inputs, example.Targets, 1, count: 1);
        Observe(result.Logits);
        return (result.Loss, result.Gradients);
    }

    /// <summary>The reward at the last token and its gradient by every weight; the scale is that of its rounding error.</summary>
    public (double Reward, IReadOnlyDictionary<string, double[]> Gradients, double Scale) DifferentiateReward(
        ShadowExample example) => _oracle.RunReward(example.Ids, example.Inputs.Length);

    private void Observe(double[] logits)
    {
        foreach (var logit in logits) LargestLogit = Math.Max(LargestLogit, Math.Abs(logit));
    }
}
