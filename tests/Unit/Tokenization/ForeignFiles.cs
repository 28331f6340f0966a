using System.Text.Json.Nodes;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Tests.Unit.Tokenization;

/// <summary>Files of other libraries with our merges, in a temporary folder.</summary>
internal sealed class ForeignFiles : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("turkishllm-foreign-").FullName;

    /// <summary>
    /// Writes <c>tokenizer.json</c> without our special tokens, with the ids of bytes and merges in another order, and one added
    /// token.
    /// </summary>
    /// <param name="tokenizer">The tokenizer that has the merges.</param>
    /// <param name="change">Changes the file before it is written.</param>
    public string WriteJson(Tokenizer tokenizer, Action<JsonObject>? change = null)
    {
        tokenizer.Save(Folder);
        var file = Path.Combine(Folder, "tokenizer.json");
        var json = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        var names = json["model"]!["vocab"]!.AsObject().Select(entry => entry.Key).Where(name => !IsSpecial(name)).ToArray();
        json["model"]!["vocab"] = new JsonObject(names.Select((name, i) =>
            KeyValuePair.Create(name, (JsonNode?)JsonValue.Create(GetId(i, names.Length)))));
        json["added_tokens"] = new JsonArray(new JsonObject
        {
            ["id"] = names.Length, ["content"] = "<|endoftext|>", ["special"] = true,
        });
        change?.Invoke(json);
        File.WriteAllText(file, json.ToJsonString());
        return file;
    }

    /// <summary>Writes the tokens of a tokenizer as tiktoken's file, with our ids as ranks.</summary>
    public string WriteTiktoken(Tokenizer tokenizer, string name = "ours.tiktoken")
    {
        var file = Path.Combine(Folder, name);
        File.WriteAllLines(file, Enumerable
            .Range(VocabularyLayout.FirstByte, tokenizer.VocabularySize - VocabularyLayout.FirstByte)
            .Select(id => $"{Convert.ToBase64String(tokenizer.GetBytes(id))} {id}"));
        return file;
    }

    /// <summary>The id in the file of one of our ids.</summary>
    public static int GetForeignId(Tokenizer tokenizer, int id) =>
        GetId(id - VocabularyLayout.FirstByte, tokenizer.VocabularySize - VocabularyLayout.FirstByte);

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    // Backwards.
    private static int GetId(int index, int count) => count - 1 - index;

    private static bool IsSpecial(string name) => SpecialTokens.Names.Contains(name, StringComparer.Ordinal);
}
