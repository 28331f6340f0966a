using System.Text.Json;
using TurkishLlm.Files;
using ML = Microsoft.ML.Tokenizers;

namespace TurkishLlm.Tokenization.Foreign;

/// <summary>
/// Reads <c>tokenizer.json</c> of a byte-level BPE with any split rule, vocabulary and added tokens, and refuses what would
/// produce other ids than the file intends.
/// </summary>
internal sealed class HuggingFaceTokenizerReader(string file, JsonElement root)
{
    private readonly JsonFields _json = new(file);

    public LoadedTokenizer Read()
    {
        var model = _json.Get(root, "model", JsonValueKind.Object);
        CheckSettings(model);
        var ids = ReadVocabulary(_json.Get(model, "vocab", JsonValueKind.Object));
        var merges = ReadMerges(_json.Get(model, "merges", JsonValueKind.Array), ids);
        var added = ReadAddedTokens(ids);
        var steps = new SplitRuleReader(_json).Read(root);
        var normalizer = ReadNormalizer(root);
        var size = ids.Values.Concat(added.Values).Distinct().Count();
        var ignoresMerges = model.TryGetProperty("ignore_merges", out var ignore) && ignore.ValueKind == JsonValueKind.True;
        var check = new MergeCheck(merges, ids.Where(entry => !added.ContainsKey(entry.Key)).ToDictionary());
        if (!ignoresMerges || check.MakesEveryToken())
            return new(CreateByMerges(ids, merges, steps, normalizer, added), "byte-level BPE of Hugging Face", size);
        if (!check.IsByRank())
            throw _json.Refuse(
                "ignore_merges is on, some tokens are not made by merges, and the merges are not all pairs in the order of ids");
        return new(CreateByRanks(ids, added, steps, normalizer), "byte-level BPE of Hugging Face", size);
    }

    private void CheckSettings(JsonElement model)
    {
        var type = _json.GetString(model, "type");
        if (type != "BPE")
            throw _json.Refuse(
                $"model.type is {type}; only byte-level BPE is supported"
                    + (type == "Unigram" ? ", or tokenizer.model of SentencePiece in place of this file" : ""));
        if (model.TryGetProperty("byte_fallback", out var fallback) && fallback.ValueKind == JsonValueKind.True)
            throw _json.Refuse("model.byte_fallback is on; give the tokenizer.model of SentencePiece in place of this file");
        if (model.TryGetProperty("dropout", out var dropout) && dropout is { ValueKind: JsonValueKind.Number }
            && dropout.GetDouble() != 0)
            throw _json.Refuse("model.dropout is on, so that ids are random");
        foreach (var name in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
            if (model.TryGetProperty(name, out var value) && value is { ValueKind: JsonValueKind.String }
                && value.GetString() is { Length: > 0 } affix)
                throw _json.Refuse($"model.{name} is \"{affix}\"; it is not supported");
    }

    private Dictionary<string, int> ReadVocabulary(JsonElement vocabulary)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var entry in vocabulary.EnumerateObject())
            ids.Add(entry.Name, _json.GetInt32(entry.Value, $"the id of \"{entry.Name}\""));
        for (var b = 0; b < 256; b++)
            if (!ids.ContainsKey(ByteAlphabet.Encode([(byte)b])))
                throw _json.Refuse($"the vocabulary has no token for byte {b}, so that it cannot encode every text");
        if (ids.Values.Distinct().Count() < ids.Count) throw _json.Refuse("two tokens have the same id");
        return ids;
    }

    private List<(string Left, string Right)> ReadMerges(JsonElement array, Dictionary<string, int> ids)
    {
        var merges = new List<(string, string)>(array.GetArrayLength());
        foreach (var (number, entry) in array.EnumerateArray().Index())
        {
            var (left, right) = _json.GetPair(entry, $"merge {number}");
            foreach (var token in (string[])[left, right, left + right])
                if (!ids.ContainsKey(token)) throw _json.Refuse($"\"{token}\" of merge {number} is not in the vocabulary");
            merges.Add((left, right));
        }
        return merges;
    }

    private Dictionary<string, int> ReadAddedTokens(Dictionary<string, int> ids)
    {
        var added = new Dictionary<string, int>(StringComparer.Ordinal);
        if (!root.TryGetProperty("added_tokens", out var tokens) || tokens.ValueKind != JsonValueKind.Array) return added;
        foreach (var token in tokens.EnumerateArray())
        {
            var name = _json.GetString(token, "content");
            foreach (var option in (string[])["lstrip", "rstrip", "single_word"])
                if (token.TryGetProperty(option, out var on) && on.ValueKind == JsonValueKind.True)
                    throw _json.Refuse($"{option} of the added token \"{name}\" is on; it is not supported");
            var id = _json.GetInt32(_json.Get(token, "id", JsonValueKind.Number), $"the id of \"{name}\"");
            if (ids.TryGetValue(name, out var other) && other != id)
                throw _json.Refuse($"the added token \"{name}\" has the ids {id} and {other}");
            if (!added.TryAdd(name, id)) throw _json.Refuse($"the added token \"{name}\" occurs twice");
        }
        return added;
    }

    private NfcNormalizer? ReadNormalizer(JsonElement parent)
    {
        if (!parent.TryGetProperty("normalizer", out var normalizer) || normalizer.ValueKind == JsonValueKind.Null) return null;
        return _json.GetString(normalizer, "type") switch
        {
            "NFC" => new NfcNormalizer(),
            "Sequence" when _json.Get(normalizer, "normalizers", JsonValueKind.Array).GetArrayLength() == 0 => null,
            var type => throw _json.Refuse($"the normalizer is {type}; only NFC is supported"),
        };
    }

    private static ML.BpeTokenizer CreateByMerges(
        Dictionary<string, int> ids, List<(string Left, string Right)> merges, IReadOnlyList<SplitStep> steps,
        ML.Normalizer? normalizer, Dictionary<string, int> added) =>
        ML.BpeTokenizer.Create(new ML.BpeOptions(ids)
        {
            Merges = merges.Select(merge => $"{merge.Left} {merge.Right}"),
            PreTokenizer = new CodePointPreTokenizer(steps, added.Keys),
            Normalizer = normalizer,
            SpecialTokens = added.Count > 0 ? added : null,
            ByteLevel = true,
        });

    // A pre-token that is a token is taken whole; others merge by the order of ids. That is what tiktoken does.
    private static ML.TiktokenTokenizer CreateByRanks(
        Dictionary<string, int> ids, Dictionary<string, int> added, IReadOnlyList<SplitStep> steps, ML.Normalizer? normalizer)
    {
        using var ranks = new MemoryStream();
        using (var lines = new StreamWriter(ranks, leaveOpen: true))
            foreach (var (token, id) in ids.OrderBy(entry => entry.Value))
                if (!added.ContainsKey(token) && ByteAlphabet.TryDecode(token, out var bytes))
                    lines.Write(string.Create(
                        System.Globalization.CultureInfo.InvariantCulture, $"{Convert.ToBase64String(bytes)} {id}\n"));
        ranks.Position = 0;
        return TiktokenReader.Create(ranks, steps, normalizer, added);
    }
}
