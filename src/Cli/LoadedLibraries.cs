using System.Runtime.InteropServices;

namespace TurkishLlm.Cli;

/// <summary>Libraries that are loaded into this process, by the files they came from.</summary>
internal static class LoadedLibraries
{
    private delegate nint NameOfCore();

    /// <summary>The file of a library whose name contains one of the words; null where none is loaded, or the system does not say.</summary>
    public static string? Find(params string[] words)
    {
        const string maps = "/proc/self/maps";
        if (!File.Exists(maps)) return null;
        var files = File.ReadLines(maps).Select(line => line.IndexOf('/', StringComparison.Ordinal) is var at and >= 0 ? line[at..] : "").Distinct().ToArray();
        return words.Select(word => files.FirstOrDefault(file => Path.GetFileName(file).Contains(word, StringComparison.Ordinal))).FirstOrDefault(found => found is not null);
    }

    /// <summary>The processor that OpenBLAS chose its kernels for, such as <c>SkylakeX</c>; null where the library is another.</summary>
    public static string? OpenBlasCore(string file) =>
        NativeLibrary.TryLoad(file, out var library) && NativeLibrary.TryGetExport(library, "openblas_get_corename", out var address)
            ? Marshal.PtrToStringUTF8(Marshal.GetDelegateForFunctionPointer<NameOfCore>(address)())
            : null;
}
