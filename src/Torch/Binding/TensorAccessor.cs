using System.Collections;

namespace TorchSharp.Utils;

/// <summary>The elements of a tensor, in row-major order. Holds its tensor alive until disposed.</summary>
public sealed class TensorAccessor<T> : IDisposable, IEnumerable<T> where T : unmanaged
{
    private readonly torch.Tensor _tensor;

    internal TensorAccessor(torch.Tensor tensor) => _tensor = tensor;

    public long Count => _tensor.numel();

    /// <param name="indices">One index per dimension.</param>
    public T this[params long[] indices]
    {
        get => _tensor.Elements<T>()[Offset(indices)];
        set => _tensor.Elements<T>()[Offset(indices)] = value;
    }

    public T[] ToArray()
    {
        using (this) return _tensor.Elements<T>().ToArray();
    }

    public void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0) => _tensor.Elements<T>()[(int)tensorIndex..].CopyTo(array[arrayIndex..]);

    public void CopyFrom(ReadOnlySpan<T> array, int arrayIndex = 0, long tensorIndex = 0) => array[arrayIndex..].CopyTo(_tensor.Elements<T>()[(int)tensorIndex..]);

    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)ToArray()).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose() => _tensor.Dispose();

    private int Offset(long[] indices)
    {
        var shape = _tensor.shape;
        if (indices.Length != shape.Length) throw new ArgumentException($"{indices.Length} indices for a tensor of {shape.Length} dimensions.");
        var offset = 0L;
        for (var d = 0; d < shape.Length; d++)
        {
            if ((ulong)indices[d] >= (ulong)shape[d]) throw new ArgumentOutOfRangeException(nameof(indices), $"Index {indices[d]} is outside dimension {d} of [{string.Join(", ", shape)}].");
            offset = offset * shape[d] + indices[d];
        }
        return checked((int)offset);
    }
}
