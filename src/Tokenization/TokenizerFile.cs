using System.Text.Encodings.Web;
using System.Text.Json;
using TurkishLlm.Files;

namespace TurkishLlm.Tokenization;

/// <summary>
/// Reads and writes <c>tokenizer.json</c> in the format of the Hugging Face libraries: byte-level BPE, the split rule as a
/// regular expression, no normalizer.
/// </summary>
/// <remarks>
/// Other readers differ in two known ways. They look for the names of special tokens inside text and produce their ids; this
/// project never does. Their Unicode tables may be older or newer, so letters of a new script may be split differently. Spec:
/// P01, TOK-10, TOK-12, TOK-41.
/// </remarks>
internal static class TokenizerFile
{
    private const string FileName = "tokenizer.json";
    private const string CreationHint = "Create one with `turkishllm tokenizer train`.";

    /// <summary>Writes the file.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="directory">The output folder.</param>
    /// <param name="specialNames">Names of the special tokens in a chat format; null for those of this program.</param>
    public static void Save(Tokenizer tokenizer, string directory, IReadOnlyList<string>? specialNames = null)
    {
        LinkTarget.CreateDirectory(directory);
        var file = Path.Combine(directory, FileName);
        AtomicFile.Write(file, stream => stream.Write(Write(tokenizer, specialNames)));
    }

    public static byte[] Write(Tokenizer tokenizer, IReadOnlyList<string>? specialNames = null)
    {
        using var stream = new MemoryStream();
        var options = new JsonWriterOptions
        {
            Indented = true,
            NewLine = "\n",
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        using (var json = new Utf8JsonWriter(stream, options)) Write(tokenizer, specialNames ?? SpecialTokens.Names, json);
        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }

    public static Tokenizer Load(string directory)
    {
        directory = FolderPath.Resolve(directory, FileName, "tokenizer_config.json", "special_tokens_map.json");
        if (File.Exists(directory))
            throw new InvalidDataException($"{directory} is a file. Give a tokenizer folder, which holds {FileName}.");
        var file = Path.Combine(directory, FileName);
        if (!File.Exists(file))
            throw new FileNotFoundException(
                $"{file} does not exist. "
                    + $"{(Directory.Exists(directory) ? FolderPath.DescribeContent(directory) + " " : "")}{CreationHint}", file);
        try
        {
            using var json = StrictJson.ParseFile(file);
            return new TokenizerReader(file, json.RootElement).Read();
        }
        catch (InvalidDataException error) when (error.InnerException is JsonException)
        {
            throw new InvalidDataException($"{error.Message} The file may be truncated. {CreationHint}", error);
        }
    }

    private static void Write(Tokenizer tokenizer, IReadOnlyList<string> specialNames, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        json.WriteStartArray("added_tokens");
        foreach (
            var (id, name) in specialNames.Index()
                .Concat(
                    tokenizer.AddedTokens.Select((name, i) => (VocabularyLayout.FirstMerge + tokenizer.Merges.Count + i, name))))
        {
            json.WriteStartObject();
            json.WriteNumber("id", id);
            json.WriteString("content", name);
            json.WriteBoolean("single_word", false);
            json.WriteBoolean("lstrip", false);
            json.WriteBoolean("rstrip", false);
            json.WriteBoolean("normalized", false);
            json.WriteBoolean("special", true);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNull("normalizer");
        WriteSplitRule(tokenizer.Split, json);
        json.WriteNull("post_processor");
        json.WriteStartObject("decoder");
        WriteByteLevel(json);
        WriteModel(tokenizer, specialNames, json);
        json.WriteEndObject();
    }

    private static void WriteSplitRule(SplitRule split, Utf8JsonWriter json)
    {
        json.WriteStartObject("pre_tokenizer");
        json.WriteString("type", "Sequence");
        json.WriteStartArray("pretokenizers");
        json.WriteStartObject();
        json.WriteString("type", "Split");
        json.WriteStartObject("pattern");
        json.WriteString("Regex", split.Pattern);
        json.WriteEndObject();
        json.WriteString("behavior", "Isolated");
        json.WriteBoolean("invert", false);
        json.WriteEndObject();
        json.WriteStartObject();
        WriteByteLevel(json);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteByteLevel(Utf8JsonWriter json)
    {
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", false);
        json.WriteBoolean("trim_offsets", true);
        json.WriteBoolean("use_regex", false);
        json.WriteEndObject();
    }

    private static void WriteModel(Tokenizer tokenizer, IReadOnlyList<string> specialNames, Utf8JsonWriter json)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        json.WriteNull("unk_token");
        json.WriteNull("continuing_subword_prefix");
        json.WriteNull("end_of_word_suffix");
        json.WriteBoolean("fuse_unk", false);
        json.WriteBoolean("byte_fallback", false);
        json.WriteBoolean("ignore_merges", tokenizer.Split.IgnoresMerges);
        json.WriteStartObject("vocab");
        for (var id = 0; id < VocabularyLayout.FirstMerge + tokenizer.Merges.Count; id++)
            json.WriteNumber(id < SpecialTokens.Count ? specialNames[id] : GetTokenString(tokenizer, id), id);
        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach (var (left, right) in tokenizer.Merges)
            json.WriteStringValue($"{GetTokenString(tokenizer, left)} {GetTokenString(tokenizer, right)}");
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string GetTokenString(Tokenizer tokenizer, int id) =>
        ByteAlphabet.Encode(tokenizer.GetBytes(id));
}
