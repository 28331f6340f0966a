using System.Text.Json;

namespace TurkishLlm.Tokenization.Foreign;

/// <summary>Tokens and merges of a <c>tokenizer.json</c> with a byte-level BPE.</summary>
/// <param name="Ids">The vocabulary: tokens in GPT-2's spelling of bytes, or the names of special ones.</param>
/// <param name="Merges">The merges in order; all their tokens are in the vocabulary.</param>
/// <param name="AddedTokens">Tokens that are cut out of the text before it is split; they may be in the vocabulary, too.</param>
/// <param name="IgnoresMerges">True if a pre-token that is a token becomes it without merging.</param>
/// <param name="NormalizesToNfc">True if text is normalized to form C.</param>
internal sealed record HuggingFaceBytePairs(
    IReadOnlyDictionary<string, int> Ids, IReadOnlyList<(string Left, string Right)> Merges,
    IReadOnlyList<HuggingFaceAddedToken> AddedTokens, bool IgnoresMerges, bool NormalizesToNfc)
{
    /// <summary>Reads them, and refuses what would produce other ids than the file intends.</summary>
    /// <exception cref="InvalidDataException">The file is damaged or of another kind.</exception>
    public static HuggingFaceBytePairs Read(string file, JsonElement root) => new Reader(new JsonFields(file), root).Read();

    /// <summary>Returns the vocabulary without the added tokens.</summary>
    public Dictionary<string, int> GetTextTokens()
    {
        var names = AddedTokens.Select(token => token.Name).ToHashSet(StringComparer.Ordinal);
        return Ids.Where(entry => !names.Contains(entry.Key)).ToDictionary(StringComparer.Ordinal);
    }

    private sealed class Reader(JsonFields json, JsonElement root)
    {
        public HuggingFaceBytePairs Read()
        {
            var model = json.Get(root, "model", JsonValueKind.Object);
            CheckSettings(model);
            var ids = ReadVocabulary(json.Get(model, "vocab", JsonValueKind.Object));
            var merges = ReadMerges(json.Get(model, "merges", JsonValueKind.Array), ids);
            var ignores = model.TryGetProperty("ignore_merges", out var ignore) && ignore.ValueKind == JsonValueKind.True;
            return new(ids, merges, ReadAddedTokens(ids), ignores, ReadNormalizer());
        }

        private void CheckSettings(JsonElement model)
        {
            var type = json.GetString(model, "type");
            if (type != "BPE")
                throw json.Refuse(
                    $"model.type is {type}; only byte-level BPE is supported"
                        + (type == "Unigram" ? ", or tokenizer.model of SentencePiece in place of this file" : ""));
            if (model.TryGetProperty("byte_fallback", out var fallback) && fallback.ValueKind == JsonValueKind.True)
                throw json.Refuse("model.byte_fallback is on; give the tokenizer.model of SentencePiece in place of this file");
            if (model.TryGetProperty("dropout", out var dropout) && dropout is { ValueKind: JsonValueKind.Number }
                && dropout.GetDouble() != 0)
                throw json.Refuse("model.dropout is on, so that ids are random");
            foreach (var name in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
                if (model.TryGetProperty(name, out var value) && value is { ValueKind: JsonValueKind.String }
                    && value.GetString() is { Length: > 0 } affix)
                    throw json.Refuse($"model.{name} is \"{affix}\"; it is not supported");
        }

        private Dictionary<string, int> ReadVocabulary(JsonElement vocabulary)
        {
            var ids = new Dictionary<string, int>(StringComparer.Ordinal);
            foreach (var entry in vocabulary.EnumerateObject())
                ids.Add(entry.Name, json.GetInt32(entry.Value, $"the id of \"{entry.Name}\""));
            for (var b = 0; b < 256; b++)
                if (!ids.ContainsKey(ByteAlphabet.Encode([(byte)b])))
                    throw json.Refuse($"the vocabulary has no token for byte {b}, so that it cannot encode every text");
            if (ids.Values.Distinct().Count() < ids.Count) throw json.Refuse("two tokens have the same id");
            return ids;
        }

        private List<(string Left, string Right)> ReadMerges(JsonElement array, Dictionary<string, int> ids)
        {
            var merges = new List<(string, string)>(array.GetArrayLength());
            foreach (var (number, entry) in array.EnumerateArray().Index())
            {
                var (left, right) = json.GetPair(entry, $"merge {number}");
                foreach (var token in (string[])[left, right, left + right])
                    if (!ids.ContainsKey(token)) throw json.Refuse($"\"{token}\" of merge {number} is not in the vocabulary");
                merges.Add((left, right));
            }
            return merges;
        }

        private List<HuggingFaceAddedToken> ReadAddedTokens(Dictionary<string, int> ids)
        {
            var (added, names) = (new List<HuggingFaceAddedToken>(), new HashSet<string>(StringComparer.Ordinal));
            if (!root.TryGetProperty("added_tokens", out var tokens) || tokens.ValueKind != JsonValueKind.Array) return added;
            foreach (var token in tokens.EnumerateArray())
            {
                var name = json.GetString(token, "content");
                foreach (var option in (string[])["lstrip", "rstrip", "single_word"])
                    if (token.TryGetProperty(option, out var on) && on.ValueKind == JsonValueKind.True)
                        throw json.Refuse($"{option} of the added token \"{name}\" is on; it is not supported");
                var id = json.GetInt32(json.Get(token, "id", JsonValueKind.Number), $"the id of \"{name}\"");
                if (ids.TryGetValue(name, out var other) && other != id)
                    throw json.Refuse($"the added token \"{name}\" has the ids {id} and {other}");
                if (!names.Add(name)) throw json.Refuse($"the added token \"{name}\" occurs twice");
                var isSpecial = token.TryGetProperty("special", out var special) && special.ValueKind == JsonValueKind.True;
                added.Add(new(name, id, isSpecial));
            }
            return added;
        }

        private bool ReadNormalizer()
        {
            if (!root.TryGetProperty("normalizer", out var normalizer)) return false;
            if (normalizer.ValueKind == JsonValueKind.Null) return false;
            return json.GetString(normalizer, "type") switch
            {
                "NFC" => true,
                "Sequence" when json.Get(normalizer, "normalizers", JsonValueKind.Array).GetArrayLength() == 0 => false,
                var type => throw json.Refuse($"the normalizer is {type}; only NFC is supported"),
            };
        }
    }
}
