using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace TurkishLlm.Kernels.Native;

/// <summary>
/// Sets environment variables of the native libraries before libtorch loads, because libtorch reads them only once.
/// </summary>
/// <remarks><c>TURKISHLLM_MEMORY=system</c> returns freed memory to the system at once, which makes every step slower.</remarks>
public static partial class NativeEnvironment
{
    /// <summary>True if the operators of libtorch use 512-bit registers.</summary>
    public static bool HasAvx512 { get; } = Avx512F.IsSupported && Avx512BW.IsSupported;

    /// <summary>True if the memory of freed tensors is kept for the next step.</summary>
    public static bool IsFreedMemoryRetained { get; } =
        OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable("TURKISHLLM_MEMORY") != "system";

    internal static void Apply()
    {
        if (HasAvx512) Set("ATEN_CPU_CAPABILITY", "avx512");
        // Threads that spin while waiting would take the cores from threads that have work.
        Set("OMP_WAIT_POLICY", "PASSIVE");
        // With a fixed workspace size cuBLAS is deterministic.
        Set("CUBLAS_WORKSPACE_CONFIG", ":4096:8");
    }

    // Environment.SetEnvironmentVariable does not reach native code on Linux and macOS.
    private static void Set(string name, string value)
    {
        if (OperatingSystem.IsWindows()) Environment.SetEnvironmentVariable(name, value);
        else _ = setenv(name, value, 1);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);
}
