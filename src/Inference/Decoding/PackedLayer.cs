using TurkishLlm.Kernels.Packed;

namespace TurkishLlm.Inference.Decoding;

/// <summary>The packed weights of a transformer block.</summary>
internal sealed record PackedLayer(
    PackedMatrix Query, PackedMatrix Key, PackedMatrix Value, PackedMatrix Output,
    PackedMatrix Gate, PackedMatrix Up, PackedMatrix Down) : IDisposable
{
    /// <summary>All matrices.</summary>
    public IEnumerable<PackedMatrix> Matrices => [Query, Key, Value, Output, Gate, Up, Down];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var matrix in Matrices) matrix.Dispose();
    }
}
