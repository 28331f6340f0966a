using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using TurkishLlm.Kernels.Native;

namespace TurkishLlm.Kernels.Cpu;

/// <summary>
/// Calls the matrix products that libtorch 2.10 exports, on raw memory: the batch-reduce kernels of oneDNN, otherwise MKL,
/// otherwise <see cref="ManagedGemm"/> (Windows, macOS, another libtorch).
/// </summary>
internal static unsafe class BlasLibrary
{
    private static readonly delegate* unmanaged[Cdecl]<
        long, long, long, long, long, long, byte, float*, float*, float*, byte, void> Float32Kernel =
        (delegate* unmanaged[Cdecl]<long, long, long, long, long, long, byte, float*, float*, float*, byte, void>)
            TorchLibrary.LibtorchFunction("_ZN2at6native7cpublas6brgemmEllllllbPKfS3_Pfb");

    private static readonly delegate* unmanaged[Cdecl]<
        long, long, long, long, long, long, byte, ushort*, ushort*, float*, byte, void> BFloat16Kernel =
        (delegate* unmanaged[Cdecl]<long, long, long, long, long, long, byte, ushort*, ushort*, float*, byte, void>)
            TorchLibrary.LibtorchFunction("_ZN2at6native7cpublas6brgemmEllllllbPKN3c108BFloat16ES5_Pfb");

    private static readonly delegate* unmanaged[Cdecl]<
        byte*, byte*, int*, int*, int*, float*, float*, int*, float*, int*, float*, float*, int*, void> MklKernel =
        (delegate* unmanaged[Cdecl]<
            byte*, byte*, int*, int*, int*, float*, float*, int*, float*, int*, float*, float*, int*, void>)
            TorchLibrary.LibtorchFunction("sgemm_");

    private static readonly delegate* unmanaged[Cdecl]<int, int> SetMklThreads =
        (delegate* unmanaged[Cdecl]<int, int>)TorchLibrary.LibtorchFunction("MKL_Set_Num_Threads_Local");

    /// <summary>True if the CPU multiplies bfloat16 and libtorch has a kernel for it.</summary>
    public static bool HasBFloat16 { get; } = BFloat16Kernel != null && Avx512F.IsSupported && ProcessorHasBFloat16();

    /// <summary>Name of the library in use.</summary>
    public static string Name =>
        Float32Kernel != null ? "oneDNN"
        : MklKernel != null && SetMklThreads != null ? "MKL"
        : "managed GEMM";

    /// <summary>Computes c = a·b or c += a·b for float32 numbers.</summary>
    /// <inheritdoc cref="IGemm{T}.Multiply"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply(
        int m, int n, int k, float* a, int aStride, float* b, int bStride, float* c, int cStride, bool add)
    {
        if (Float32Kernel != null) Float32Kernel(m, n, k, aStride, bStride, cStride, (byte)(add ? 1 : 0), a, b, c, 0);
        else if (MklKernel != null && SetMklThreads != null) MultiplyWithMkl(m, n, k, a, aStride, b, bStride, c, cStride, add);
        else ManagedGemm.Multiply(m, n, k, a, aStride, b, bStride, c, cStride, add);
    }

    /// <summary>Computes c = a·b or c += a·b for bfloat16 numbers; the rows of b are interleaved in pairs.</summary>
    /// <inheritdoc cref="IGemm{T}.Multiply"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply(
        int m, int n, int k, ushort* a, int aStride, ushort* b, int bStride, float* c, int cStride, bool add) =>
        BFloat16Kernel(m, n, k, aStride, bStride, cStride, (byte)(add ? 1 : 0), a, b, c, 1);

    // MKL is column-major: cᵀ = bᵀ·aᵀ. Single-threaded, because several of our threads call it at once.
    internal static void MultiplyWithMkl(
        int m, int n, int k, float* a, int aStride, float* b, int bStride, float* c, int cStride, bool add)
    {
        byte plain = (byte)'N';
        float one = 1, beta = add ? 1 : 0;
        var before = SetMklThreads(1);
        MklKernel(&plain, &plain, &n, &m, &k, &one, b, &bStride, a, &aStride, &beta, c, &cStride);
        _ = SetMklThreads(before);
    }

    // Leaf 7, subleaf 1, bit 5 of EAX: AVX512_BF16. Source: Intel SDM, volume 2, CPUID.
    private static bool ProcessorHasBFloat16() =>
        X86Base.IsSupported && X86Base.CpuId(0, 0).Eax >= 7 && (X86Base.CpuId(7, 1).Eax >> 5 & 1) == 1;
}
