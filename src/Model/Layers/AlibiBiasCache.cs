using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Model.Layers;

/// <summary>Caches the biases of the last length: every block and every step needs the same.</summary>
/// <param name="heads">Number of query heads.</param>
/// <param name="device">Device of the scores.</param>
public sealed class AlibiBiasCache(int heads, Device device) : IDisposable
{
    private readonly Tensor _slopes = tensor(Alibi.ComputeSlopes(heads), device: device).DetachFromDisposeScope();
    private Tensor? _bias;

    /// <summary>One slope per head, <c>[heads]</c>, float32.</summary>
    public Tensor Slopes => _slopes;

    /// <summary>Returns the biases of the scores; see <see cref="Alibi.ComputeBias"/>.</summary>
    /// <param name="queries">Number of query positions: the last ones of the keys.</param>
    /// <param name="keys">Number of key positions.</param>
    /// <returns><c>[heads, queries, keys]</c>, float32; owned by this object.</returns>
    public Tensor GetBias(int queries, int keys)
    {
        if (_bias is not null && _bias.size(1) == queries && _bias.size(2) == keys) return _bias;
        _bias?.Dispose();
        using var grad = no_grad();
        return _bias = Alibi.ComputeBias(heads, queries, keys, device).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _slopes.Dispose();
        _bias?.Dispose();
    }
}
