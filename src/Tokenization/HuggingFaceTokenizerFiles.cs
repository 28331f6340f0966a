using System.Text.Encodings.Web;
using System.Text.Json;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Tokenization;

/// <summary>
/// The files that the transformers library reads beside <c>tokenizer.json</c>: they name the special tokens for the beginning,
/// the end and padding, list the added tokens, and hold the chat template.
/// </summary>
/// <remarks>
/// Source: transformers, tokenization_utils_base.py (names of files and keys). A base model ends with the document, a model that
/// was trained on conversations ends its answer with the turn, as in the published files of Llama 3.
/// </remarks>
/// <param name="tokenizer">The tokenizer.</param>
/// <param name="template">The chat template; null if the model was not trained on conversations.</param>
public sealed class HuggingFaceTokenizerFiles(Tokenizer tokenizer, ChatTemplate? template) : IHuggingFaceTokenizerFiles
{
    /// <summary>Name of the file with the chat template as Jinja.</summary>
    public const string TemplateName = "chat_template.jinja";

    private readonly (string Role, int Id)[] _roles =
        [
            ("bos_token", SpecialTokens.BeginOfText),
            ("eos_token", template is null ? SpecialTokens.EndOfText : SpecialTokens.EndOfTurn),
            ("pad_token", SpecialTokens.Pad), ("unk_token", SpecialTokens.Unknown),
        ];

    private readonly IReadOnlyList<string> _names = template?.Format.TokenNames ?? SpecialTokens.Names;

    // All tokens at which generation stops, the end of the text or turn first.
    private readonly IReadOnlyList<int> _stopIds = template is null ? SpecialTokens.DocumentBorders : ChatTemplate.StopIds;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, IReadOnlyList<int>> Ids =>
        new Dictionary<string, IReadOnlyList<int>>(StringComparer.Ordinal)
        {
            ["bos_token_id"] = [SpecialTokens.BeginOfText],
            ["eos_token_id"] = template is null ? [SpecialTokens.EndOfText] : _stopIds,
            ["pad_token_id"] = [SpecialTokens.Pad],
        };

    /// <inheritdoc/>
    public void Write(string folder, int maxLength, double temperature, int topK)
    {
        TokenizerFile.Save(tokenizer, folder, _names);
        var special = _names.Index()
            .Concat(tokenizer.AddedTokens.Select((name, i) => (VocabularyLayout.FirstMerge + tokenizer.Merges.Count + i, name)))
            .ToArray();
        WriteJson(Path.Combine(folder, "tokenizer_config.json"), json =>
        {
            WriteAddedTokens(json, special);
            WriteFurtherTokens(json, special);
            foreach (var (role, id) in _roles) json.WriteString(role, _names[id]);
            json.WriteBoolean("clean_up_tokenization_spaces", false);
            json.WriteNumber("model_max_length", maxLength);
            json.WriteString("tokenizer_class", "PreTrainedTokenizerFast");
            // Versions before chat_template.jinja read this key.
            if (template is not null) json.WriteString("chat_template", template.ToJinja());
        });
        WriteJson(Path.Combine(folder, "special_tokens_map.json"), json =>
        {
            foreach (var (role, id) in _roles) json.WriteString(role, _names[id]);
            WriteFurtherTokens(json, special);
        });
        WriteJson(Path.Combine(folder, "generation_config.json"), json =>
        {
            json.WriteNumber("bos_token_id", SpecialTokens.BeginOfText);
            json.WriteStartArray("eos_token_id");
            foreach (var id in _stopIds) json.WriteNumberValue(id);
            json.WriteEndArray();
            json.WriteNumber("pad_token_id", SpecialTokens.Pad);
            json.WriteBoolean("do_sample", temperature > 0);
            if (temperature == 0) return;
            json.WriteNumber("temperature", temperature);
            json.WriteNumber("top_k", topK);
        });
        if (template is not null) File.WriteAllText(Path.Combine(folder, TemplateName), template.ToJinja());
    }

    private static void WriteAddedTokens(Utf8JsonWriter json, IEnumerable<(int Id, string Name)> special)
    {
        json.WriteStartObject("added_tokens_decoder");
        foreach (var (id, name) in special)
        {
            json.WriteStartObject(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{id}"));
            json.WriteString("content", name);
            foreach (var key in (string[])["lstrip", "normalized", "rstrip", "single_word"]) json.WriteBoolean(key, false);
            json.WriteBoolean("special", true);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private void WriteFurtherTokens(Utf8JsonWriter json, IEnumerable<(int Id, string Name)> special)
    {
        json.WriteStartArray("additional_special_tokens");
        foreach (var (id, name) in special)
            if (Array.TrueForAll(_roles, role => role.Id != id)) json.WriteStringValue(name);
        json.WriteEndArray();
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
