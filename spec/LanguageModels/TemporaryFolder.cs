namespace TurkishLlm.Specification.LanguageModels;

/// <summary>An empty folder, deleted when it is disposed.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    /// <summary>Its path.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("turkishllm-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
