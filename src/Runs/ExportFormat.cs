namespace TurkishLlm.Runs;

/// <summary>How a <see cref="ExportedModel"/> names its weights and keys.</summary>
public enum ExportFormat
{
    /// <summary>The names of checkpoints, and <c>config.json</c> as they have it.</summary>
    Safetensors,

    /// <summary>Those of a Hugging Face directory, with the files beside them that its libraries look for.</summary>
    HuggingFace,
}
