using System.Runtime.Intrinsics.X86;
using TurkishLlm.Files;

namespace TurkishLlm.Cli.Doctor;

/// <summary>Detects processor features that .NET has no property for.</summary>
public static class ProcessorFeatures
{
    /// <summary>Returns the name of the bfloat16 instruction set; null if the CPU has none.</summary>
    public static string? FindBFloat16() =>
        FindBFloat16InCpuInfo("/proc/cpuinfo") ?? (X86Base.IsSupported ? FindBFloat16ByCpuId() : null);

    /// <summary>
    /// Returns the bfloat16 instruction set that the Linux kernel reports; the kernel lists only features that it supports.
    /// </summary>
    /// <param name="file">File in the format of <c>/proc/cpuinfo</c>.</param>
    public static string? FindBFloat16InCpuInfo(string file)
    {
        string[] names = ["amx_bf16", "avx512_bf16", "bf16"];
        if (!File.Exists(file)) return null;
        // x86 calls the line "flags", ARM "Features".
        var line = TextFile.ReadLines(file)
            .FirstOrDefault(l => l.StartsWith("flags", StringComparison.Ordinal)
                || l.StartsWith("Features", StringComparison.Ordinal));
        return names.FirstOrDefault((line ?? "").Split(' ').Contains);
    }

    // Intel 64 manual, volume 2, CPUID: leaf 7, subleaf 1, EAX bit 5.
    private static string? FindBFloat16ByCpuId() =>
        X86Base.CpuId(0, 0).Eax >= 7 && (X86Base.CpuId(7, 1).Eax & 1 << 5) != 0 ? "avx512_bf16" : null;
}
