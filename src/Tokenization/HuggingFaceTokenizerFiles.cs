using System.Text.Encodings.Web;
using System.Text.Json;

namespace TurkishLlm.Tokenization;

/// <summary>
/// The files that the transformers library reads beside <c>tokenizer.json</c>: they name the special tokens for the beginning,
/// the end and padding.
/// </summary>
/// <remarks>Source: transformers, tokenization_utils_base.py (names of files and keys).</remarks>
public static class HuggingFaceTokenizerFiles
{
    private static readonly (string Role, int Id)[] Roles =
        [
            ("bos_token", SpecialTokens.BeginOfText), ("eos_token", SpecialTokens.EndOfText), ("pad_token", SpecialTokens.Pad),
            ("unk_token", SpecialTokens.Unknown),
        ];

    /// <summary>The special token ids by their configuration key, such as <c>bos_token_id</c>.</summary>
    public static IReadOnlyDictionary<string, int> Ids { get; } =
        Roles
            .Where(role => role.Id != SpecialTokens.Unknown)
            .ToDictionary(role => $"{role.Role}_id", role => role.Id, StringComparer.Ordinal);

    /// <summary>Writes <c>tokenizer_config.json</c>, <c>special_tokens_map.json</c> and <c>generation_config.json</c>.</summary>
    /// <param name="folder">The output folder.</param>
    /// <param name="maxLength">Longest sequence that the model was trained on, in tokens.</param>
    /// <param name="temperature">Default sampling temperature; 0 for the most likely token.</param>
    /// <param name="topK">Default top-k: sample from the k most likely tokens.</param>
    public static void Write(string folder, int maxLength, double temperature, int topK)
    {
        WriteJson(Path.Combine(folder, "tokenizer_config.json"), json =>
        {
            json.WriteString("tokenizer_class", "PreTrainedTokenizerFast");
            foreach (var (role, id) in Roles) json.WriteString(role, SpecialTokens.Names[id]);
            json.WriteNumber("model_max_length", maxLength);
            json.WriteBoolean("clean_up_tokenization_spaces", false);
        });
        WriteJson(Path.Combine(folder, "special_tokens_map.json"), json =>
        {
            foreach (var (role, id) in Roles) json.WriteString(role, SpecialTokens.Names[id]);
            json.WriteStartArray("additional_special_tokens");
            foreach (var name in SpecialTokens.Names.Where((_, id) => Roles.All(role => role.Id != id)))
                json.WriteStringValue(name);
            json.WriteEndArray();
        });
        WriteJson(Path.Combine(folder, "generation_config.json"), json =>
        {
            json.WriteNumber("bos_token_id", SpecialTokens.BeginOfText);
            json.WriteStartArray("eos_token_id");
            foreach (var id in SpecialTokens.DocumentBorders) json.WriteNumberValue(id);
            json.WriteEndArray();
            json.WriteNumber("pad_token_id", SpecialTokens.Pad);
            json.WriteBoolean("do_sample", temperature > 0);
            if (temperature == 0) return;
            json.WriteNumber("temperature", temperature);
            json.WriteNumber("top_k", topK);
        });
    }

    private static void WriteJson(string file, Action<Utf8JsonWriter> content)
    {
        using var stream = File.Create(file);
        using (
            var json = new Utf8JsonWriter(
                stream, new JsonWriterOptions
                {
                    Indented = true,
                    NewLine = "\n",
                    Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
                }))
        {
            json.WriteStartObject();
            content(json);
            json.WriteEndObject();
        }
        stream.WriteByte((byte)'\n');
    }
}
