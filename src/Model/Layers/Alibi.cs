using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Model.Layers;

/// <summary>
/// Attention with linear biases: instead of position embeddings, every head subtracts its slope times the distance from the
/// scores. The causal mask is part of the bias: later positions are −∞ at any distance.
/// </summary>
/// <remarks>
/// Spec: P19–P25. Source: Press et al. 2022, "Train Short, Test Long", arXiv:2108.12409; reference report, section 3.
/// </remarks>
public static class Alibi
{
    /// <summary>Returns the slopes 2^(−8i/n) of the heads i = 1 … n: the first head attends locally, the last globally.</summary>
    public static float[] ComputeSlopes(int heads) =>
        [.. Enumerable.Range(1, heads).Select(i => (float)Math.Pow(2, -8.0 * i / heads))];

    /// <summary>Computes the biases of the scores: −slope·(i−j) for keys at or before the query, −∞ for keys after it.</summary>
    /// <param name="heads">Number of query heads; each has its own slope.</param>
    /// <param name="queries">Number of query positions: the last ones of the keys.</param>
    /// <param name="keys">Number of key positions, from position 0.</param>
    /// <param name="device">Device of the scores.</param>
    /// <returns>
    /// <c>[heads, queries, keys]</c>, float32 with any compute type: bfloat16 cannot distinguish adjacent positions.
    /// </returns>
    public static Tensor ComputeBias(int heads, int queries, int keys, Device device)
    {
        using var scope = NewDisposeScope();
        var slopes = tensor(ComputeSlopes(heads)).to(device).view(heads, 1, 1);
        var i = arange(keys - queries, keys, dtype: float32, device: device).view(queries, 1);
        var j = arange(0, keys, dtype: float32, device: device).view(1, keys);
        var distance = i - j;                                           // [queries, keys], negative in the future
        var penalty = -slopes * distance.clamp(min: 0);                 // [heads, queries, keys]
        return penalty.masked_fill(distance.lt(0), float.NegativeInfinity).MoveToOuterDisposeScope();
    }
}
