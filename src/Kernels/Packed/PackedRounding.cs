namespace TurkishLlm.Kernels.Packed;

/// <summary>Shows what packing does to weights.</summary>
public static unsafe class PackedRounding
{
    /// <summary>Rounds the weights of one output as a packed matrix does.</summary>
    /// <param name="weights">The weights, one per input.</param>
    /// <param name="type">Number type of the packed weights.</param>
    /// <returns>The weights that products use.</returns>
    /// <remarks>Spec: GEN-24, GEN-25.</remarks>
    public static float[] Round(ReadOnlySpan<float> weights, PackedType type)
    {
        if (weights.IsEmpty) return [];
        var rounded = new float[weights.Length];
        fixed (float* from = weights, to = rounded)
        {
            using var matrix = PackedMatrix.Create(from, outputs: 1, weights.Length, type);
            matrix.Unpack(output: 0, to);
        }
        return rounded;
    }
}
