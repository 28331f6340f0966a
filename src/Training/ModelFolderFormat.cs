namespace TurkishLlm.Training;

/// <summary>How a <see cref="ModelFolder"/> names its weights and keys.</summary>
public enum ModelFolderFormat
{
    /// <summary>The names of checkpoints, and <c>config.json</c> as they have it.</summary>
    Safetensors,

    /// <summary>Those of a Hugging Face directory, with the files beside them that its libraries look for.</summary>
    HuggingFace,
}
