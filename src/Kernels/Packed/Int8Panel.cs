using System.Runtime.CompilerServices;

namespace TurkishLlm.Kernels.Packed;

/// <summary>
/// Weights as 8-bit integers with one scale per output and block. A weight is scale · integer; the product is exact in float32,
/// because scales have eleven significant bits.
/// </summary>
/// <remarks>
/// Scales and integers are those of the GGUF type Q8_0, so that a file of that type is packed without a loss. Spec: GEN-25.
/// </remarks>
internal readonly unsafe struct Int8Panel<TVector, TLanes> : IPanelFormat<TVector>
    where TVector : struct
    where TLanes : ILanes<TVector>
{
    private const int LargestQuantum = 127;

    public static int HeaderBytes => IPanelFormat<TVector>.VectorCount * TLanes.Count * sizeof(float);

    public static int StepBytes => IPanelFormat<TVector>.VectorCount * TLanes.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load(byte* step, byte* header, int vector) => TLanes.Multiply(
        TLanes.LoadInt8((sbyte*)step + vector * TLanes.Count), TLanes.Load((float*)header + vector * TLanes.Count));

    public static float LoadOne(byte* step, byte* header, int output) => ((sbyte*)step)[output] * ((float*)header)[output];

    public static void Pack(float* weights, int count, byte* header, int output)
    {
        var largest = 0f;
        for (var i = 0; i < count; i++) largest = MathF.Max(largest, MathF.Abs(weights[i]));
        var scale = RoundToElevenBits(largest / LargestQuantum);
        ((float*)header)[output] = scale;
        for (var i = 0; i < count; i++)
            ((sbyte*)(header + HeaderBytes + (long)i * StepBytes))[output] = scale == 0
                ? (sbyte)0
                : (sbyte)MathF.Round(Math.Clamp(weights[i] / scale, -LargestQuantum, LargestQuantum));
    }

    // To nearest with ties to even, like float16, but with the range of float32.
    private static float RoundToElevenBits(float x)
    {
        var bits = BitConverter.SingleToUInt32Bits(x);
        return BitConverter.UInt32BitsToSingle((bits + 0xfff + ((bits >> 13) & 1)) & ~0x1fffu);
    }
}
