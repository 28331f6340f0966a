using System.Text.Json;
using TurkishLlm.Files;

namespace TurkishLlm.Tokenization.Foreign;

/// <summary>Finds out what the special tokens of a model folder mean.</summary>
/// <remarks>
/// Tokens with the names of this program come first, then what <c>tokenizer_config.json</c>, <c>special_tokens_map.json</c> and
/// the ids of <c>config.json</c> say, in this order, then the usual names. Source: transformers, tokenization_utils_base.py.
/// </remarks>
/// <param name="folder">The folder of <c>tokenizer.json</c>.</param>
/// <param name="json">For errors.</param>
/// <param name="pairs">Tokens and merges of the file.</param>
internal sealed class HuggingFaceSpecialTokens(string folder, JsonFields json, HuggingFaceBytePairs pairs)
{
    // The end of text first: where one token has several meanings, it has that one here.
    private static readonly (int Id, string Key, string[] UsualNames)[] Roles =
    [
        (SpecialTokens.EndOfText, "eos_token", ["</s>", "<|endoftext|>", "<eos>", "[EOS]"]),
        (SpecialTokens.BeginOfText, "bos_token", ["<s>", "<bos>", "[BOS]"]),
        (SpecialTokens.Pad, "pad_token", ["<pad>", "[PAD]"]),
        (SpecialTokens.Unknown, "unk_token", ["<unk>", "[UNK]"]),
    ];

    private readonly Dictionary<string, int> _added =
        pairs.AddedTokens.ToDictionary(token => token.Name, token => token.Id, StringComparer.Ordinal);

    /// <summary>Returns the ids of special tokens in the file by their ids in this program.</summary>
    /// <exception cref="InvalidDataException">A file names a token that <c>tokenizer.json</c> does not have.</exception>
    public Dictionary<int, int> Find()
    {
        JsonElement?[] named = [Read("tokenizer_config.json"), Read("special_tokens_map.json")];
        var config = Read("config.json");
        var declared = new List<(int Own, int Id)>();
        foreach (var (own, key, _) in Roles)
        {
            var name = named.Select(file => GetText(file, key)).FirstOrDefault(name => name is not null);
            if ((name is null ? GetId(config, $"{key}_id") : FindNamed(name, key)) is { } id) declared.Add((own, id));
        }
        declared.AddRange(
            from role in Roles
            from name in role.UsualNames
            where FindUsual(name) is not null
            select (role.Id, FindUsual(name)!.Value));
        var names = SpecialTokens.Names
            .Select(name => (Name: name, Id: FindUsual(name)))
            .Where(token => token.Id is not null)
            .ToDictionary(token => token.Name, token => token.Id!.Value, StringComparer.Ordinal);
        return ForeignSpecialTokens.Match(names, declared);
    }

    /// <summary>Returns the chat template beside the tokenizer; null if the folder has none.</summary>
    public string? ReadChatTemplate()
    {
        var file = Path.Combine(folder, HuggingFaceTokenizerFiles.TemplateName);
        return File.Exists(file) ? TextFile.ReadAllText(file) : GetText(Read("tokenizer_config.json"), "chat_template");
    }

    private int FindNamed(string name, string key) =>
        _added.TryGetValue(name, out var id) || pairs.Ids.TryGetValue(name, out id)
            ? id
            : throw json.Refuse($"it has no token \"{name}\", which the files beside it name as {key}");

    // A name may also spell the bytes of text, and then be a token of text, which a merge makes.
    private int? FindUsual(string name)
    {
        if (_added.TryGetValue(name, out var id)) return id;
        return pairs.Ids.TryGetValue(name, out id) && !pairs.Merges.Any(merge => merge.Left + merge.Right == name) ? id : null;
    }

    // A text, or an added token as an object.
    private static string? GetText(JsonElement? file, string key)
    {
        if (file is not { ValueKind: JsonValueKind.Object } root || !root.TryGetProperty(key, out var value)) return null;
        if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("content", out var content)) value = content;
        return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }

    // An id, or a list with the most important first.
    private int? GetId(JsonElement? file, string key)
    {
        if (file is not { ValueKind: JsonValueKind.Object } root || !root.TryGetProperty(key, out var value)) return null;
        if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0) value = value[0];
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var id)
            && (_added.ContainsValue(id) || pairs.Ids.Values.Contains(id)) ? id : null;
    }

    private JsonElement? Read(string name)
    {
        var file = Path.Combine(folder, name);
        if (!File.Exists(file)) return null;
        using var document = StrictJson.ParseFile(file);
        return document.RootElement.Clone();
    }
}
