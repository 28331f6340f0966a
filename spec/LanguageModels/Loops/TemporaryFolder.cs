namespace TurkishLlm.Specification.LanguageModels.Loops;

/// <summary>An empty folder, deleted when it is disposed.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    /// <summary>Its path.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("loop-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
