using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace TurkishLlm.Kernels.Cuda;

/// <summary>Finds the NVRTC library: in the folder of libtorch, beside Python's torch, or installed in the system.</summary>
internal static class NvrtcLibrary
{
    /// <exception cref="DllNotFoundException">None of the candidates can be loaded.</exception>
    public static nint Load(string torchFolder)
    {
        var candidates = GetCandidates(torchFolder).ToList();
        foreach (var candidate in candidates)
        {
            if (!NativeLibrary.TryLoad(candidate, out var library)) continue;
            if (NativeLibrary.TryGetExport(library, "nvrtcCreateProgram", out _)) return library;
            NativeLibrary.Free(library);
        }
        throw new DllNotFoundException(
            $"NVRTC, which compiles the kernels of a CUDA device, was not found. Tried: {string.Join(", ", candidates)}. " +
            "Point TORCH_DIR at a libtorch built with CUDA.");
    }

    /// <summary>Returns files and names to try, the most likely first.</summary>
    internal static IEnumerable<string> GetCandidates(string torchFolder)
    {
        // This stub is linked against the NVRTC and the driver of this libtorch, and knows where they are.
        var stub = Path.Combine(torchFolder, "libcaffe2_nvrtc.so");
        if (File.Exists(stub)) yield return stub;
        foreach (var file in FindInFolder(torchFolder)) yield return file;
        // Python packages: torch/lib, and beside torch nvidia/cuda_nvrtc/lib (CUDA 12) or nvidia/cu13/lib.
        var packages = Path.Combine(torchFolder, "..", "..", "nvidia");
        if (Directory.Exists(packages))
            foreach (var package in Directory.EnumerateDirectories(packages).Order(StringComparer.Ordinal))
                foreach (var folder in new[] { "lib", "bin" })
                    foreach (var file in FindInFolder(Path.Combine(package, folder)))
                        yield return Path.GetFullPath(file);
        foreach (var name in OperatingSystem.IsWindows()
            ? new[] { "nvrtc64_130_0.dll", "nvrtc64_120_0.dll" }
            : ["libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2", "libnvrtc.so"])
            yield return name;
    }

    private static IEnumerable<string> FindInFolder(string folder)
    {
        if (!Directory.Exists(folder)) return [];
        // The same folder has its built-in functions and a variant with another allocator, which must not be loaded by name.
        return Directory.EnumerateFiles(folder, OperatingSystem.IsWindows() ? "nvrtc64_*.dll" : "libnvrtc*.so*")
            .Where(file => !Regex.IsMatch(Path.GetFileName(file), "builtins|alt"))
            .OrderDescending(StringComparer.Ordinal);
    }
}
