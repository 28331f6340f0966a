using System.Runtime.CompilerServices;
using TurkishLlm.Kernels.Cpu;

namespace TurkishLlm.Kernels.Packed;

/// <summary>
/// Weights in bfloat16. Two vectors of outputs share one of 32-bit elements, in its lower and upper halves, so that a shift and
/// a mask convert them.
/// </summary>
internal readonly unsafe struct BFloat16Panel<TVector, TLanes> : IPanelFormat<TVector>
    where TVector : struct
    where TLanes : ILanes<TVector>
{
    public static int HeaderBytes => 0;

    public static int StepBytes => IPanelFormat<TVector>.VectorCount * TLanes.Count * sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load(byte* step, byte* header, int vector) => vector % 2 == 0
        ? TLanes.LoadLowerBFloat16((uint*)step + vector / 2 * TLanes.Count)
        : TLanes.LoadUpperBFloat16((uint*)step + vector / 2 * TLanes.Count);

    public static float LoadOne(byte* step, byte* header, int output) =>
        VectorMath.FromBFloat16Bits(((ushort*)step)[GetIndex(output)]);

    public static void Pack(float* weights, int count, byte* header, int output)
    {
        var index = GetIndex(output);
        for (var i = 0; i < count; i++)
            ((ushort*)(header + (long)i * StepBytes))[index] = VectorMath.ToBFloat16Bits(weights[i]);
    }

    // The lower half comes first on every processor that .NET runs on.
    private static int GetIndex(int output)
    {
        var (vector, lane) = Math.DivRem(output, TLanes.Count);
        return 2 * (vector / 2 * TLanes.Count + lane) + vector % 2;
    }
}
