using TurkishLlm.Files;

namespace TurkishLlm.Cli.Options;

/// <summary>Names a model and files by their contents, so that interrupted work continues only with the same.</summary>
internal static class ModelIdentity
{
    /// <summary>Returns the hashes of all files of a model folder and of other files.</summary>
    public static IReadOnlyList<string> Compute(string modelFolder, IEnumerable<string> files) =>
    [
        .. Directory.EnumerateFiles(modelFolder).Order(StringComparer.Ordinal).Concat(files).Select(FileDigest.Compute),
    ];
}
