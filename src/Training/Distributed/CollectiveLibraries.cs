using System.Reflection;
using System.Runtime.InteropServices;
using TurkishLlm.Kernels.Native;

namespace TurkishLlm.Training.Distributed;

/// <summary>Finds the native libraries of the engines where their installers and Python packages put them.</summary>
internal static class CollectiveLibraries
{
    /// <summary>Names in the <c>DllImport</c> attributes of the engines.</summary>
    public const string Mpi = "openmpi", Nccl = "nccl";

    private static readonly Lazy<nint> OpenMpi = new(() => Load(
        "libmpi.so.40", "libmpi.40.dylib", "/opt/homebrew/lib/libmpi.40.dylib", "/usr/local/lib/libmpi.40.dylib"));
    private static readonly Lazy<nint> NvidiaNccl = new(() =>
        Load(["libnccl.so.2", .. GetPathsBesideLibtorch("nccl", "libnccl.so.2")]));

    static CollectiveLibraries() =>
        NativeLibrary.SetDllImportResolver(typeof(CollectiveLibraries).Assembly, (name, _, _) => GetHandle(name));

    /// <summary>Returns the handle of a library by its import name; zero if it is not installed.</summary>
    public static nint GetHandle(string name) => name switch
    {
        Mpi => OpenMpi.Value,
        Nccl => NvidiaNccl.Value,
        _ => 0,
    };

    // Python's torch installs the libraries of NVIDIA beside itself: torch/lib and nvidia/nccl/lib in site-packages.
    private static IEnumerable<string> GetPathsBesideLibtorch(string package, string file)
    {
        var libtorch = TorchLibrary.Folder;
        yield return Path.Combine(libtorch, file);
        yield return Path.GetFullPath(Path.Combine(libtorch, "..", "..", "nvidia", package, "lib", file));
    }

    private static nint Load(params IEnumerable<string> names)
    {
        foreach (var name in names)
            if (NativeLibrary.TryLoad(name, out var handle)) return handle;
        return 0;
    }
}
