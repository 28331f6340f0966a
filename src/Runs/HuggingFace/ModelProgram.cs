using TurkishLlm.Model.Formats;

namespace TurkishLlm.Runs.HuggingFace;

/// <summary>The model in Python, which transformers runs: two files of which <c>auto_map</c> names the classes.</summary>
public static class ModelProgram
{
    /// <summary>Names of the files.</summary>
    public static IReadOnlyList<string> FileNames { get; } =
        [$"{HuggingFaceConfig.ConfigurationModule}.py", $"{HuggingFaceConfig.ModelingModule}.py"];

    /// <summary>Writes the files to a folder.</summary>
    /// <exception cref="IOException">The disk is full or the folder cannot be written to.</exception>
    public static void Write(string folder)
    {
        foreach (var name in FileNames)
        {
            using var source = typeof(ModelProgram).Assembly.GetManifestResourceStream(name)!;
            using var file = File.Create(Path.Combine(folder, name));
            source.CopyTo(file);
        }
    }
}
