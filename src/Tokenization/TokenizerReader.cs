using System.Text.Json;
using TurkishLlm.Files;
using TurkishLlm.Tokenization.Foreign;

namespace TurkishLlm.Tokenization;

/// <summary>
/// Reads <c>tokenizer.json</c> and rejects everything that would produce other ids than the writer of the file intended.
/// </summary>
internal sealed class TokenizerReader(string file, JsonElement root)
{
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);

    public Tokenizer Read()
    {
        var model = GetMember(root, "model", JsonValueKind.Object);
        Require(GetString(model, "type"), "BPE", "model.type");
        var split = ReadSplitRule();
        CheckSettings(model, split);
        ReadVocabulary(GetMember(model, "vocab", JsonValueKind.Object));
        var added = ReadAddedTokens();
        CheckBytes();
        var merges = ReadMerges(GetMember(model, "merges", JsonValueKind.Array));
        try
        {
            return new Tokenizer(split, merges, added);
        }
        catch (ArgumentException error)
        {
            throw CreateException(error.Message.Split(" (Parameter", 2)[0].TrimEnd('.'));
        }
    }

    private void CheckSettings(JsonElement model, SplitRule split)
    {
        foreach (var name in (string[])["normalizer", "post_processor", "truncation", "padding"])
            if (!IsAbsent(root, name)) throw CreateException($"{name} is set; text is encoded as it is, so it must be null");
        foreach (var name in (string[])["dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix"])
            if (!IsAbsent(model, name)) throw CreateException($"model.{name} is set; it must be null");
        if (IsTrue(model, "byte_fallback")) throw CreateException("model.byte_fallback is true; it must be false");
        if (IsTrue(model, "ignore_merges") != split.IgnoresMerges)
            throw CreateException(
                $"model.ignore_merges is {(split.IgnoresMerges ? "not true" : "true")}; with the split rule {split} it must be "
                    + (split.IgnoresMerges ? "true" : "false"));
        Require(GetString(GetMember(root, "decoder", JsonValueKind.Object), "type"), "ByteLevel", "decoder.type");
    }

    private SplitRule ReadSplitRule()
    {
        var rule = GetMember(root, "pre_tokenizer", JsonValueKind.Object);
        Require(GetString(rule, "type"), "Sequence", "pre_tokenizer.type");
        var steps = GetMember(rule, "pretokenizers", JsonValueKind.Array);
        if (steps.GetArrayLength() != 2)
            throw CreateException($"pre_tokenizer has {steps.GetArrayLength()} steps; it must have 2, Split and ByteLevel");

        var (split, bytes) = (steps[0], steps[1]);
        Require(GetString(split, "type"), "Split", "the first step of pre_tokenizer");
        var pattern = GetString(GetMember(split, "pattern", JsonValueKind.Object), "Regex");
        var known = SplitRule.FindByPattern(pattern)
            ?? throw CreateException(
                $"the split pattern is \"{Excerpt.Of(pattern, 200)}\"; it must be that of {string.Join(", ", SplitRule.All)}");
        Require(GetString(split, "behavior"), "Isolated", "behavior of the split");
        if (!IsAbsentOrFalse(split, "invert")) throw CreateException("invert of the split is on; it must be off");
        Require(GetString(bytes, "type"), "ByteLevel", "the second step of pre_tokenizer");
        foreach (var name in (string[])["add_prefix_space", "use_regex"])
            if (!(bytes.TryGetProperty(name, out var on) && on.ValueKind == JsonValueKind.False))
                throw CreateException($"{name} of ByteLevel is not false; it must be false");
        return known;
    }

    private void ReadVocabulary(JsonElement vocabulary)
    {
        foreach (var entry in vocabulary.EnumerateObject())
        {
            if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetInt32(out var id))
                throw CreateException($"the id of \"{entry.Name}\" is not a number");
            if (!_ids.TryAdd(entry.Name, id)) throw CreateException($"\"{entry.Name}\" occurs twice in the vocabulary");
        }
        if (_ids.Count > VocabularyLayout.MaximumSize)
            throw CreateException(
                $"the vocabulary has {_ids.Count} ids; they are stored in 16 bits, so the maximum is "
                    + $"{VocabularyLayout.MaximumSize}");

        var owner = new string?[_ids.Count];
        foreach (var (name, id) in _ids)
        {
            if ((uint)id >= (uint)owner.Length)
                throw CreateException($"\"{name}\" has the id {id}; the {owner.Length} ids must be 0 … {owner.Length - 1}");
            if (owner[id] is { } other) throw CreateException($"\"{other}\" and \"{name}\" have the same id {id}");
            owner[id] = name;
        }
    }

    // Reads the sixteen fixed special tokens, then those added after the merges. Returns the names of the latter.
    private List<string> ReadAddedTokens()
    {
        var added = GetMember(root, "added_tokens", JsonValueKind.Array);
        // A file for other programs has the names of its chat format.
        var names = OwnTokenizerJson.FindSpecialNames(root) ?? SpecialTokens.Names;
        for (var id = 0; id < SpecialTokens.Count; id++) RequireId(names[id], id, "the special token");

        if (added.GetArrayLength() < SpecialTokens.Count)
            throw CreateException(
                $"added_tokens has {added.GetArrayLength()} entries; it must have the {SpecialTokens.Count} special " + "tokens");
        var further = new List<string>();
        foreach (var (place, token) in added.EnumerateArray().Index())
        {
            var (content, id) = (GetString(token, "content"), GetMember(token, "id", JsonValueKind.Number));
            var expected = place < SpecialTokens.Count ? place : _ids.Count + further.Count;
            var name = place < SpecialTokens.Count ? names[place] : content;
            if (!id.TryGetInt32(out var number) || number != expected || !string.Equals(content, name, StringComparison.Ordinal))
                throw CreateException(
                    $"added token {place} is \"{content}\" with id {id}; it must be \"{name}\" with id {expected}");
            if (GetMember(token, "special").ValueKind != JsonValueKind.True)
                throw CreateException($"added token \"{content}\" is not special");
            if (place >= SpecialTokens.Count) further.Add(content);
        }
        return further;
    }

    private void CheckBytes()
    {
        for (var b = 0; b < 256; b++) RequireId(ByteAlphabet.Encode([(byte)b]), VocabularyLayout.FirstByte + b, $"byte {b},");
    }

    private List<(int Left, int Right)> ReadMerges(JsonElement array)
    {
        var merges = new List<(int, int)>();
        foreach (var entry in array.EnumerateArray())
        {
            var number = merges.Count;
            var (left, right) = ReadPair(entry, number);
            if (!_ids.TryGetValue(left, out var leftId))
                throw CreateException($"merge {number} joins \"{left}\", which is not in the vocabulary");
            if (!_ids.TryGetValue(right, out var rightId))
                throw CreateException($"merge {number} joins \"{right}\", which is not in the vocabulary");
            var made = VocabularyLayout.FirstMerge + number;
            if (!_ids.TryGetValue(left + right, out var id))
                throw CreateException($"merge {number} produces \"{left + right}\", which is not in the vocabulary");
            if (id != made)
                throw CreateException(
                    $"merge {number} produces \"{left + right}\" with id {id}; merges produce ids in order, so it "
                        + $"must be {made}");
            if (leftId >= made || rightId >= made || leftId < SpecialTokens.Count || rightId < SpecialTokens.Count)
                throw CreateException(
                    $"merge {number} joins \"{left}\" and \"{right}\", of which one is not defined yet or is " + "special");
            merges.Add((leftId, rightId));
        }
        if (_ids.Count != VocabularyLayout.FirstMerge + merges.Count)
            throw CreateException(
                $"there are {merges.Count} merges and {_ids.Count} ids; with {SpecialTokens.Count} special tokens "
                    + $"and 256 bytes there must be {VocabularyLayout.FirstMerge + merges.Count} ids");
        return merges;
    }

    // Older files write "left right", newer ones ["left", "right"].
    private (string Left, string Right) ReadPair(JsonElement entry, int number)
    {
        if (entry.ValueKind == JsonValueKind.String && entry.GetString()!.Split(' ') is [var left, var right])
            return (left, right);
        if (entry.ValueKind == JsonValueKind.Array && entry.GetArrayLength() == 2
            && entry[0].ValueKind == JsonValueKind.String && entry[1].ValueKind == JsonValueKind.String)
            return (entry[0].GetString()!, entry[1].GetString()!);
        throw CreateException($"merge {number} is not a pair: {entry.GetRawText()}");
    }

    private void RequireId(string name, int id, string what)
    {
        if (!_ids.TryGetValue(name, out var found))
            throw CreateException($"{what} \"{name}\" is not in the vocabulary; its id must be {id}");
        if (found != id) throw CreateException($"{what} \"{name}\" has the id {found}; it must be {id}");
    }

    private void Require(string actual, string required, string what)
    {
        if (!string.Equals(actual, required, StringComparison.Ordinal))
            throw CreateException($"{what} is \"{actual}\"; it must be \"{required}\"");
    }

    private string GetString(JsonElement parent, string name) => GetMember(parent, name, JsonValueKind.String).GetString()!;

    private JsonElement GetMember(JsonElement parent, string name, JsonValueKind kind)
    {
        var member = GetMember(parent, name);
        return member.ValueKind == kind ? member : throw CreateException($"\"{name}\" is {member.ValueKind}; it must be {kind}");
    }

    private JsonElement GetMember(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var member)
            ? member
            : throw CreateException($"\"{name}\" is missing");

    private static bool IsAbsent(JsonElement parent, string name) =>
        !parent.TryGetProperty(name, out var member) || member.ValueKind == JsonValueKind.Null;

    private static bool IsTrue(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.True;

    private static bool IsAbsentOrFalse(JsonElement parent, string name) =>
        !parent.TryGetProperty(name, out var member) || member.ValueKind == JsonValueKind.False;

    private InvalidDataException CreateException(string what) =>
        new($"{file} is not a tokenizer of this project: {Excerpt.Of(what, 400)}. Create one with `turkishllm tokenizer train`.");
}
