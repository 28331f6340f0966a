using System.Runtime.Intrinsics;
using TurkishLlm.Kernels.Cpu;

namespace TurkishLlm.Kernels.Packed;

/// <summary>
/// Cached keys and values of one text, laid out for attention of few queries: the keys of a head in panels of positions, its
/// values position by position.
/// </summary>
/// <remarks>
/// A query is computed from the keys at absolute positions, in ascending order, so it has the same bits regardless of what is
/// computed with it. Memory of positions that were not written is never used in a result. Spec: GEN-21, GEN-22, GEN-23.
/// </remarks>
internal abstract unsafe class CachedKeyValues : IDisposable
{
    private readonly NativeBuffer<float> _memory;
    private readonly int _keyValueHeads;
    private readonly long _keyCount;

    private protected CachedKeyValues(int layers, int keyValueHeads, int headDim, int capacity, int panelWidth, int valueStride)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        (_keyValueHeads, HeadDim, Capacity, ValueStride) = (keyValueHeads, headDim, capacity, valueStride);
        var positions = (capacity + panelWidth - 1L) / panelWidth * panelWidth;
        _keyCount = positions * headDim;
        HeadCount = _keyCount + positions * valueStride;
        _memory = new(layers * keyValueHeads * HeadCount);
    }

    /// <summary>Largest number of positions.</summary>
    public int Capacity { get; }

    /// <summary>Size in memory, in bytes.</summary>
    public abstract long ByteCount { get; }

    private protected int HeadDim { get; }

    private protected int ValueStride { get; }

    private protected long HeadCount { get; }

    /// <summary>Allocates the cache of a text.</summary>
    /// <param name="layers">Number of blocks.</param>
    /// <param name="keyValueHeads">Number of key/value heads.</param>
    /// <param name="headDim">Size of a head.</param>
    /// <param name="capacity">Largest number of positions.</param>
    /// <param name="lanes">Elements of a vector: 16, 8 or 4; 0 for the widest vectors of this processor.</param>
    public static CachedKeyValues Create(int layers, int keyValueHeads, int headDim, int capacity, int lanes = 0) =>
        (lanes == 0 ? PackedMatrix.VectorWidth : lanes) switch
        {
            16 => new CachedKeyValues<Vector512<float>, Lanes512>(layers, keyValueHeads, headDim, capacity),
            8 => new CachedKeyValues<Vector256<float>, Lanes256>(layers, keyValueHeads, headDim, capacity),
            4 => new CachedKeyValues<Vector128<float>, Lanes128>(layers, keyValueHeads, headDim, capacity),
            _ => throw new ArgumentOutOfRangeException(nameof(lanes), lanes, "Vectors have 16, 8 or 4 elements."),
        };

    /// <summary>Writes some features of the keys of a position.</summary>
    /// <param name="layer">Index of the block.</param>
    /// <param name="position">The position; less than the capacity.</param>
    /// <param name="first">Index of the first feature, over all key/value heads.</param>
    /// <param name="count">Number of features.</param>
    /// <param name="features">The features.</param>
    public abstract void WriteKeys(int layer, int position, int first, int count, float* features);

    /// <summary>Writes some features of the values of a position.</summary>
    /// <inheritdoc cref="WriteKeys"/>
    public abstract void WriteValues(int layer, int position, int first, int count, float* features);

    /// <summary>Computes the attention of the queries that share a key/value head, at one position.</summary>
    /// <param name="layer">Index of the block.</param>
    /// <param name="head">Index of the key/value head.</param>
    /// <param name="position">Position of the queries; its key and value are written.</param>
    /// <param name="queries">One query per query head, <c>[count, head size]</c>.</param>
    /// <param name="count">Number of query heads.</param>
    /// <param name="slopes">ALiBi slope of each query head.</param>
    /// <param name="output">Receives one vector per query head, <c>[count, head size]</c>.</param>
    public abstract void Attend(int layer, int head, int position, float* queries, int count, float* slopes, float* output);

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();

    private protected float* GetKeys(int layer, int head) => _memory.Pointer + (layer * (long)_keyValueHeads + head) * HeadCount;

    private protected float* GetValues(int layer, int head) => GetKeys(layer, head) + _keyCount;
}

/// <summary>Cached keys and values for one vector width.</summary>
internal sealed unsafe class CachedKeyValues<TVector, TLanes>(int layers, int keyValueHeads, int headDim, int capacity)
    : CachedKeyValues(layers, keyValueHeads, headDim, capacity, PanelWidth, GetValueStride(headDim))
    where TVector : struct
    where TLanes : ILanes<TVector>
{
    private readonly long _headCount = (long)layers * keyValueHeads;

    private static int PanelWidth => IPanelFormat<TVector>.VectorCount * TLanes.Count;

    public override long ByteCount => _headCount * HeadCount * sizeof(float);

    public override void WriteKeys(int layer, int position, int first, int count, float* features)
    {
        var (panel, column) = Math.DivRem(position, PanelWidth);
        var (head, feature) = Math.DivRem(first, HeadDim);
        var to = GetKeys(layer, head) + ((long)panel * HeadDim + feature) * PanelWidth + column;
        for (var i = 0; i < count; i++, to += PanelWidth)
        {
            *to = features[i];
            if (++feature < HeadDim) continue;
            feature = 0;
            to += HeadCount - (long)HeadDim * PanelWidth;
        }
    }

    public override void WriteValues(int layer, int position, int first, int count, float* features)
    {
        var (head, feature) = Math.DivRem(first, HeadDim);
        var row = GetValues(layer, head) + (long)position * ValueStride;
        for (var i = 0; i < count; i++)
        {
            row[feature] = features[i];
            if (++feature < HeadDim) continue;
            new Span<float>(row + HeadDim, ValueStride - HeadDim).Clear();
            feature = 0;
            row += HeadCount;
        }
    }

    public override void Attend(int layer, int head, int position, float* queries, int count, float* slopes, float* output)
    {
        var keys = position + 1;
        var panels = position / PanelWidth + 1;
        var padded = panels * PanelWidth;
        var weights = Scratch.GetBuffer<float>(0, (long)count * padded);                          // [count, keys]
        var panel = GetKeys(layer, head);
        for (var i = 0; i < panels; i++, panel += (long)PanelWidth * HeadDim)
            PanelProduct<TVector, TLanes, Float32Panel<TVector, TLanes>>.Multiply(
                (byte*)panel, HeadDim, count, queries, HeadDim, weights + i * PanelWidth, padded, add: false);
        var mixed = Scratch.GetBuffer<float>(1, (long)count * ValueStride);                       // [count, head size]
        var sums = stackalloc float[count];
        var scale = 1 / MathF.Sqrt(HeadDim);
        for (var i = 0; i < count; i++)
            sums[i] = BiasedSoftmax.Apply(weights + (long)i * padded, 0, keys, padded, scale, slopes[i], out _);
        WeightedSum<TVector, TLanes>.Compute(GetValues(layer, head), ValueStride, keys, weights, padded, count, mixed);
        for (var i = 0; i < count; i++)
            VectorMath.Scale(mixed + (long)i * ValueStride, 1 / sums[i], output + (long)i * HeadDim, HeadDim);
    }

    // Values are read two vectors at a time.
    private static int GetValueStride(int headDim) => (headDim + 2 * TLanes.Count - 1) / (2 * TLanes.Count) * 2 * TLanes.Count;
}
