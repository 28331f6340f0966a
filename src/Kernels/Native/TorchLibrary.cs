using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static System.FormattableString;
using static TorchSharp.torch;

namespace TurkishLlm.Kernels.Native;

/// <summary>
/// Loads the native libraries of TorchSharp once per process: those beside the program, or an installed libtorch if
/// <c>TORCH_DIR</c> is set to its folder (such as a CUDA build of Python's torch).
/// </summary>
public static class TorchLibrary
{
    private static bool _isRegistered;
    private static readonly Lazy<Libraries> Loaded = new(Open);
    private static readonly Lazy<string> LoadedVersion = new(ReadVersion);

    /// <summary>Folder of the libtorch in use.</summary>
    public static string Folder => Loaded.Value.Folder;

    /// <summary>
    /// Version of the libtorch in use, such as <c>2.10.0</c>. TorchSharp reports the version that it was built for.
    /// </summary>
    public static string Version => LoadedVersion.Value;

    /// <summary>Loads the libraries. Further calls do nothing.</summary>
    /// <exception cref="DllNotFoundException">
    /// A library is missing or cannot be loaded; the message says which, and how to fix it.
    /// </exception>
    public static void Load() => _ = Loaded.Value;

    /// <summary>
    /// Makes TorchSharp load its native libraries through this class, with our settings and error messages. Loads nothing yet
    /// unless <c>TORCH_DIR</c> is set. Must be called before the first tensor; using any type of this assembly calls it.
    /// </summary>
#pragma warning disable CA2255 // The settings must be made before libtorch is loaded.
    [ModuleInitializer]
    public static void Register()
    {
        if (Interlocked.Exchange(ref _isRegistered, true)) return;
        // Not later, when the libraries are loaded: TorchSharp searches for libtorch beside the program without asking the
        // resolver.
        NativeEnvironment.Apply();
        if (OperatingSystem.IsLinux() && NativeEnvironment.IsFreedMemoryRetained) HeapMemory.Configure();
        try
        {
            NativeLibrary.SetDllImportResolver(typeof(Tensor).Assembly, (name, _, _) => name switch
            {
                "torch_cpu" => Loaded.Value.Libtorch,
                "torch_cuda" => Loaded.Value.LibtorchCuda,
                "LibTorchSharp" => Loaded.Value.TorchSharp,
                _ => 0,
            });
            if (ConfiguredFolder is not null) Load();
        }
        catch (InvalidOperationException)
        {
            // The program has its own resolver for the imports of TorchSharp.
        }
        catch (DllNotFoundException)
        {
            // The resolver repeats the error when a tensor is created.
        }
    }
#pragma warning restore CA2255

    /// <summary>Returns the address of a function in the native library of TorchSharp.</summary>
    internal static nint TorchSharpFunction(string name) => NativeLibrary.GetExport(Loaded.Value.TorchSharp, name);

    /// <summary>Returns the address of a function that libtorch exports; zero if it does not.</summary>
    internal static nint LibtorchFunction(string name) =>
        NativeLibrary.TryGetExport(Loaded.Value.Libtorch, name, out var address) ? address : 0;

    /// <summary>Returns the address of a function that only CUDA builds of libtorch export; zero if it does not.</summary>
    internal static nint LibtorchCudaFunction(string name)
    {
        var library = Loaded.Value.LibtorchCuda;
        return library != 0 && NativeLibrary.TryGetExport(library, name, out var address) ? address : 0;
    }

    // One byte each, from the highest: major, minor, patch.
    private static unsafe string ReadVersion()
    {
        var packed = (delegate* unmanaged[Cdecl]<ulong>)LibtorchFunction("aoti_torch_abi_version");
        if (packed is null) return __version__;
        var version = packed();
        return Invariant($"{version >> 56}.{version >> 48 & 255}.{version >> 40 & 255}");
    }

    private static string? ConfiguredFolder =>
        Environment.GetEnvironmentVariable("TORCH_DIR") is { Length: > 0 } folder ? folder : null;

    private static Libraries Open()
    {
        var shipped = GetBundledFolder();
        var folder = ConfiguredFolder is { } chosen ? ResolveInstalledFolder(chosen) : shipped;
        // In the order of their dependencies; the CUDA libraries exist in CUDA builds only.
        foreach (var name in new[] { "c10", "torch_cpu", "c10_cuda", "torch_cuda", "torch" })
        {
            var file = Path.Combine(folder, FileName(name));
            if (File.Exists(file)) LoadFile(file);
            else if (!name.Contains("cuda", StringComparison.Ordinal)) throw CreateMissingFileException(file);
        }
        var torchSharp = Path.Combine(shipped, FileName("LibTorchSharp"));
        if (!File.Exists(torchSharp)) throw CreateMissingFileException(torchSharp);
        var cuda = Path.Combine(folder, FileName("torch_cuda"));
        return new Libraries(
            folder, LoadFile(Path.Combine(folder, FileName("torch_cpu"))),
            File.Exists(cuda) ? LoadFile(cuda) : 0, LoadFile(torchSharp));
    }

    // Beside a program published for one platform, or in the folder of this platform.
    private static string GetBundledFolder()
    {
        var here = AppContext.BaseDirectory;
        if (File.Exists(Path.Combine(here, FileName("LibTorchSharp")))) return here;
        return Path.Combine(here, "runtimes", SystemName, "native");
    }

    private static string ResolveInstalledFolder(string chosen)
    {
        var below = Path.Combine(chosen, "lib");
        return File.Exists(Path.Combine(below, FileName("torch_cpu"))) ? below : chosen;
    }

    private static nint LoadFile(string file)
    {
        try
        {
            return NativeLibrary.Load(file);
        }
        catch (DllNotFoundException error)
        {
            throw new DllNotFoundException(
                $"{file} could not be loaded: {ExtractReason(error.Message)} TurkishLlm needs a 64-bit Linux "
                    + "with glibc 2.28 or later, "
                + "Windows, or macOS on Apple silicon; docs/libtorch.md says what each system must have.", error);
        }
    }

    // Extracts the message of the system; .NET adds its advice before and after it.
    private static string ExtractReason(string message)
    {
        var lines = message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return (lines.LastOrDefault(line => line.Contains(": ", StringComparison.Ordinal)) ?? lines[0]).TrimEnd('.') + ".";
    }

    private static DllNotFoundException CreateMissingFileException(string file) => new(
        $"{file} is missing. Build again (dotnet build), or set TORCH_DIR to the folder of an installed libtorch, such as "
        + "the torch folder of Python's site-packages.");

    private static string SystemName =>
        OperatingSystem.IsWindows() ? $"win-{(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "x64")}"
        : OperatingSystem.IsMacOS() ? "osx-arm64"
        : "linux-x64";

    private static string FileName(string name) =>
        OperatingSystem.IsWindows() ? $"{name}.dll" : OperatingSystem.IsMacOS() ? $"lib{name}.dylib" : $"lib{name}.so";

    private sealed record Libraries(string Folder, nint Libtorch, nint LibtorchCuda, nint TorchSharp);
}
