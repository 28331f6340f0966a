using TurkishLlm.Model;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Training;

/// <summary>A model without its training: <c>model.safetensors</c>, <c>config.json</c>, the tokenizer and the chat template. It is there wholly or not at all.</summary>
public static class MergedModel
{
    /// <param name="folder">Where to; its parent is made where it is not there.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="tokenizer">The tokenizer they were trained with.</param>
    /// <param name="template">How prompts become tokens; null where the model only continues text.</param>
    /// <exception cref="IOException">The disk is full or cannot be written to.</exception>
    public static void Write(string folder, ParameterTable weights, Tokenizer tokenizer, ChatTemplate? template)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(tokenizer);
        if (Path.GetDirectoryName(Path.GetFullPath(folder)) is { } parent) Directory.CreateDirectory(parent);
        AtomicDirectory.Write(folder, partial =>
        {
            ParameterFile.Save(Path.Combine(partial, "model.safetensors"), [("", weights)]);
            ModelConfigFile.Write(Path.Combine(partial, "config.json"), weights.Config);
            tokenizer.Save(partial);
            template?.Save(partial);
        });
    }
}
