namespace TurkishLlm.Tokenization;

/// <summary>The files of a tokenizer in a Hugging Face directory.</summary>
public interface IHuggingFaceTokenizerFiles
{
    /// <summary>The special token ids by their configuration key, such as <c>bos_token_id</c>.</summary>
    IReadOnlyDictionary<string, IReadOnlyList<int>> Ids { get; }

    /// <summary>
    /// Writes <c>tokenizer.json</c>, <c>tokenizer_config.json</c>, <c>special_tokens_map.json</c>, <c>generation_config.json</c>,
    /// and with a chat template <c>chat_template.jinja</c>.
    /// </summary>
    /// <param name="folder">The output folder.</param>
    /// <param name="maxLength">Longest sequence that the model was trained on, in tokens.</param>
    /// <param name="temperature">Default sampling temperature; 0 for the most likely token.</param>
    /// <param name="topK">Default top-k: sample from the k most likely tokens.</param>
    void Write(string folder, int maxLength, double temperature, int topK);
}
