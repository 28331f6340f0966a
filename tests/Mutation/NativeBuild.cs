namespace TurkishLlm.Tests.Mutation;

/// <summary>A copy of the C layer's build that goes on where the real one stands, so that a mutation compiles one file.</summary>
internal sealed class NativeBuild(string folder)
{
    private const string Library = "libturkishllm_torch.so";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private readonly string _sources = Path.Combine(folder, "native"), _build = Path.Combine(folder, "native-build");

    /// <summary>Compiles the C layer with one source exchanged.</summary>
    /// <returns>The library, or the compiler's first error.</returns>
    public (string? Library, string Error) Compile(Mutation mutation)
    {
        var (sources, build) = (Path.Combine(Repository.Root, "src/Torch/native"), Path.Combine(Repository.Root, "artifacts/native"));
        if (!Directory.Exists(_build))
        {
            Copy(sources, _sources, text => text);
            Copy(build, _build, text => text.Replace(build, _build, StringComparison.Ordinal).Replace(sources, _sources, StringComparison.Ordinal));
        }
        var source = Path.Combine(_sources, Path.GetRelativePath("src/Torch/native", mutation.File));
        var original = File.ReadAllText(Path.Combine(Repository.Root, mutation.File));
        File.WriteAllText(source, mutation.In(original));
        try
        {
            var result = Child.Run(folder, Patience, "cmake", "--build", _build);
            return result.Code == 0
                ? (Path.Combine(_build, Library), "")
                : (null, (result.Output + result.Error).Split('\n').FirstOrDefault(line => line.Contains("error", StringComparison.OrdinalIgnoreCase)) ?? "cmake failed");
        }
        finally
        {
            File.WriteAllText(source, original);
        }
    }

    // make goes by the times of files, so the copies keep theirs; what was made in a folder names it.
    private static void Copy(string from, string to, Func<string, string> translate)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy, overwrite: true);
            if (Path.GetExtension(file) is ".o" or ".so" or ".cpp" or ".h" or ".bin") continue;
            var text = File.ReadAllText(copy);
            if (translate(text) is var translated && translated != text) File.WriteAllText(copy, translated);
            File.SetLastWriteTimeUtc(copy, File.GetLastWriteTimeUtc(file));
        }
    }
}
