using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace TurkishLlm.Torch;

/// <summary>
/// The fastest CPU settings, chosen before libtorch and its BLAS load: both read the native environment once, at start.
/// </summary>
/// <remarks>
/// <c>TURKISHLLM_BLAS_CORE</c> overrides the BLAS core (<c>keep</c> leaves the environment alone).
/// <c>TURKISHLLM_MEMORY=system</c> gives freed memory back to the system at once, which costs a step much time.
/// </remarks>
public static partial class CpuSettings
{
    /// <summary>The BLAS core asked for, or null when the library chooses.</summary>
    public static string? BlasCore { get; private set; }

    /// <summary>True when vector kernels of libtorch run with 512-bit registers.</summary>
    public static bool WideVectors { get; private set; }

    /// <summary>True when memory of freed tensors stays with the process, for the next step.</summary>
    public static bool KeepsFreedMemory => Environment.GetEnvironmentVariable("TURKISHLLM_MEMORY") != "system";

    /// <summary>Writes the settings into the native environment. Called once, by whoever loads libtorch first.</summary>
    public static void ApplyBeforeLoad()
    {
        var wish = Environment.GetEnvironmentVariable("TURKISHLLM_BLAS_CORE");
        WideVectors = Avx512F.IsSupported && Avx512BW.IsSupported;
        BlasCore = wish ?? (WideVectors ? "SkylakeX" : null);
        if (BlasCore is not (null or "keep")) SetNative("OPENBLAS_CORETYPE", BlasCore);
        if (WideVectors) SetNative("ATEN_CPU_CAPABILITY", "avx512");
        SetNative("OMP_WAIT_POLICY", "PASSIVE");
        // Products of a device with equal bits every time; cuBLAS reads it when it starts.
        SetNative("CUBLAS_WORKSPACE_CONFIG", ":4096:8");
    }

    // Environment.SetEnvironmentVariable does not reach native code on Linux.
    private static void SetNative(string name, string value)
    {
        if (OperatingSystem.IsLinux()) _ = setenv(name, value, 1);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);
}
