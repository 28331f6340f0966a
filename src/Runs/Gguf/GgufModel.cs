using TurkishLlm.Files;
using TurkishLlm.Model.Formats.Gguf;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Tokenization.Foreign;
using static System.FormattableString;

namespace TurkishLlm.Runs.Gguf;

/// <summary>
/// A model for llama.cpp and the programs that contain it: <c>model.gguf</c> with weights, tokenizer and chat template, a
/// <c>Modelfile</c> for Ollama, and <c>SHA256SUMS</c>. Written atomically.
/// </summary>
/// <remarks>Spec: GGF-01 … GGF-04.</remarks>
public static class GgufModel
{
    /// <summary>Name of the file with the model.</summary>
    public const string FileName = "model.gguf";

    /// <summary>Name of the file for Ollama.</summary>
    public const string ModelfileName = "Modelfile";

    /// <summary>Writes a model.</summary>
    /// <param name="folder">The output folder; an existing one is replaced.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="tokenizerFolder">Folder of the tokenizer.</param>
    /// <param name="template">The chat template; null if the model was not trained on conversations.</param>
    /// <param name="type">Type of the matrices; see <see cref="GgufWeights.Save"/>.</param>
    /// <param name="original">Vocabulary of an imported model, which is restored with its ids.</param>
    /// <exception cref="Model.ConfigurationException">The format cannot express the model; the message says why.</exception>
    /// <exception cref="InvalidDataException">
    /// The tokenizer is damaged or has another number of tokens than the model, or a weight is too large for the type.
    /// </exception>
    /// <exception cref="IOException">The disk is full or cannot be written to.</exception>
    public static void Write(
        string folder, ParameterTable weights, string tokenizerFolder, ChatTemplate? template, GgufTensorType type,
        ForeignVocabulary? original = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        var tokenizer = Tokenizer.Load(tokenizerFolder);
        ExportedModel.RequireTokenizer(tokenizer, tokenizerFolder, weights.Config);
        using var restored = original is null ? null : ImportedModel.Restore(weights, original);
        var stops = original is null
            ? template is null
                ? SpecialTokens.DocumentBorders.Select(id => SpecialTokens.Names[id])
                : ChatTemplate.StopIds.Select(id => template.Format.TokenNames[id])
            : original.StopIds.Select(id => original.Tokens[id]);
        AtomicDirectory.Write(folder, partial =>
        {
            var metadata = new GgufMetadata(FileName);
            metadata.Add("general.type", "model");
            metadata.Add("general.name", "TurkishLlm");
            metadata.Add("general.size_label", Invariant($"{weights.ElementCount / 1e6:0.#}M"));
            metadata.Add("general.languages", new[] { "tr" });
            if (original is null) GgufTokenizer.Write(metadata, tokenizer, template);
            else GgufVocabulary.Write(metadata, original);
            GgufWeights.Save(Path.Combine(partial, FileName), restored ?? weights, metadata, type);
            var modelfile = OllamaModelfile.Create(
                FileName, weights.Config, template, [.. stops], ExportedModel.GetDefaultSampling(template));
            File.WriteAllText(Path.Combine(partial, ModelfileName), modelfile);
            ExportedModel.WriteChecksums(partial);
        });
    }

    /// <summary>
    /// Returns the GGUF file of a path: the path itself, or the only such file in a folder that has no other weights; otherwise
    /// null.
    /// </summary>
    public static string? Find(string path)
    {
        if (File.Exists(path)) return GgufFile.CanRead(path) ? path : null;
        return Directory.Exists(path) && ExportedModel.FindWeights(path) is null
            && Directory.GetFiles(path, "*.gguf") is [var only] ? only : null;
    }
}
