using System.Runtime.CompilerServices;

namespace TurkishLlm.Kernels.Packed;

/// <summary>Weights in float32.</summary>
internal readonly unsafe struct Float32Panel<TVector, TLanes> : IPanelFormat<TVector>
    where TVector : struct
    where TLanes : ILanes<TVector>
{
    public static int HeaderBytes => 0;

    public static int StepBytes => IPanelFormat<TVector>.VectorCount * TLanes.Count * sizeof(float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load(byte* step, byte* header, int vector) => TLanes.Load((float*)step + vector * TLanes.Count);

    public static float LoadOne(byte* step, byte* header, int output) => ((float*)step)[output];

    public static void Pack(float* weights, int count, byte* header, int output)
    {
        for (var i = 0; i < count; i++) ((float*)(header + (long)i * StepBytes))[output] = weights[i];
    }
}
