using TorchSharp;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Optimization;

/// <summary>
/// An exponential moving average of weights, which often generalizes better than the last weights and needs no decay of the
/// learning rate to be measured.
/// </summary>
/// <remarks>
/// After k updates with weights w₁ … w_k it is Σ (1 − d)·d^(k−i)·w_i ÷ (1 − d^k): the weights before training have no share in
/// it, however long the memory is. It is kept in this form, average ← average + α·(w − average) with α = (1 − d) ÷ (1 − d^k), so
/// that the file of a checkpoint holds usable weights. Source: Polyak &amp; Juditsky 1992; the correction is that of Kingma &amp;
/// Ba 2015, arXiv:1412.6980, section 3. Float32. Spec: OPT-26, CKP-04, CKP-31.
/// </remarks>
public sealed class WeightAverage : IDisposable
{
    private readonly ParameterTable _weights;
    private readonly EmaPlan _plan;

    /// <param name="weights">The weights to average, on their final device. Not owned.</param>
    /// <param name="plan">Decay and interval.</param>
    public WeightAverage(ParameterTable weights, EmaPlan plan)
    {
        ArgumentNullException.ThrowIfNull(weights);
        (_weights, _plan) = (weights, plan);
        using var grad = no_grad();
        Average = weights.CreateLike(name => weights[name].detach().clone());
    }

    /// <summary>The average; the weights at construction until the first update.</summary>
    public ParameterTable Average { get; }

    /// <summary>Number of updates so far. The correction depends on it, so it is part of a checkpoint.</summary>
    public long Updates { get; set; }

    /// <summary>Updates the average if it is due.</summary>
    /// <param name="step">The step that was just taken.</param>
    public void Update(long step)
    {
        if (step % _plan.Every != 0) return;
        using var grad = no_grad();
        Updates++;
        var share = (1 - _plan.Decay) / (1 - Math.Pow(_plan.Decay, Updates));
        foreach (var name in Average.Names)
        {
            using var scope = NewDisposeScope();
            Average[name].lerp_(_weights[name], share);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Average.Dispose();
}
