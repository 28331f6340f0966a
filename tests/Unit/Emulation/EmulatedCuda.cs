using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using TurkishLlm.Kernels.Cuda;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Emulation;

/// <summary>
/// The kernels of CUDA devices, compiled for the CPU by g++: slow, one CUDA thread after the other, but with the source, the
/// sizes and the arguments that a device would get.
/// </summary>
internal sealed unsafe class EmulatedCuda : ICudaLauncher
{
    private static readonly Lazy<(EmulatedCuda? Launcher, string Missing)> Compiled = new(Compile);

    private readonly delegate* unmanaged[Cdecl]<byte*, long, int, void**, int> _emulate;

    private EmulatedCuda(string library) =>
        _emulate = (delegate* unmanaged[Cdecl]<byte*, long, int, void**, int>)
            NativeLibrary.GetExport(NativeLibrary.Load(library), "emulate");

    /// <summary>
    /// Until disposed, the calling thread computes CPU tensors as a CUDA device would. Skips the test where it cannot.
    /// </summary>
    public static IDisposable Begin() => CudaKernel.Emulate(GetLauncherOrSkip());

    public static ICudaLauncher GetLauncherOrSkip()
    {
        if (Compiled.Value.Launcher is null) Assert.Skip(Compiled.Value.Missing);
        return Compiled.Value.Launcher!;
    }

    /// <inheritdoc/>
    public void Launch(string kernel, Tensor tensor, long blocks, int threads, void** arguments)
    {
        int unknown;
        fixed (byte* name = Encoding.UTF8.GetBytes(kernel + '\0')) unknown = _emulate(name, blocks, threads, arguments);
        if (unknown != 0) throw new InvalidOperationException($"emulate.cpp does not list the kernel {kernel}.");
    }

    private static (EmulatedCuda?, string) Compile()
    {
        if (!OperatingSystem.IsLinux()) return (null, "The emulation of CUDA kernels is written for Linux.");
        (string Name, string Text)[] sources =
        [
            ("kernels.cu", KernelSource.Text),
            .. new[] { "emulation.h", "fibers.cpp", "emulate.cpp" }.Select(name => (name, Resource(name))),
        ];
        var everything = Encoding.UTF8.GetBytes(string.Concat(sources.Select(source => source.Text)));
        var hash = Convert.ToHexStringLower(SHA256.HashData(everything))[..16];
        var folder = Path.Combine(AppContext.BaseDirectory, "emulation");
        var library = Path.Combine(folder, $"libemulation-{hash}.so");
        if (File.Exists(library)) return (new(library), "");

        var work = Directory.CreateDirectory(Path.Combine(folder, $"{hash}.{Guid.NewGuid():N}")).FullName;
        try
        {
            foreach (var (name, text) in sources) File.WriteAllText(Path.Combine(work, name), text);
            if (!RunCompiler(work)) return (null, "g++ is not installed; the emulation of CUDA kernels needs it.");
            File.Move(Path.Combine(work, "libemulation.so"), library, overwrite: true);
            return (new(library), "");
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    // False where there is no compiler. Fibers jump between stacks, which checked versions of the jump take for an overflow.
    private static bool RunCompiler(string folder)
    {
        string[] options = ["-std=c++17", "-O2", "-U_FORTIFY_SOURCE", "-fPIC", "-shared", "-o", "libemulation.so"];
        var start = new ProcessStartInfo("g++", [.. options, "fibers.cpp", "emulate.cpp"])
        {
            WorkingDirectory = folder,
            RedirectStandardError = true,
        };
        try
        {
            using var compiler = Process.Start(start)!;
            var errors = compiler.StandardError.ReadToEnd();
            compiler.WaitForExit();
            if (compiler.ExitCode != 0) throw new InvalidOperationException($"g++ did not compile the kernels:\n{errors}");
            return true;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    private static string Resource(string name)
    {
        using var reader = new StreamReader(typeof(EmulatedCuda).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
