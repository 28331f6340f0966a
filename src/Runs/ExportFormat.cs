namespace TurkishLlm.Runs;

/// <summary>Naming convention of the weights and configuration keys of an <see cref="ExportedModel"/>.</summary>
public enum ExportFormat
{
    /// <summary>The names of checkpoints, with their <c>config.json</c>.</summary>
    Safetensors,

    /// <summary>The names of a Hugging Face directory, with the additional files that its libraries expect.</summary>
    HuggingFace,
}
