using System.Text.Json;
using TurkishLlm.Files;

namespace TurkishLlm.Tokenization.Foreign;

/// <summary>Reads fields of a <c>tokenizer.json</c> of another project; errors name the file and the field.</summary>
internal sealed class JsonFields(string file)
{
    public string File => file;

    public string GetString(JsonElement parent, string name) => Get(parent, name, JsonValueKind.String).GetString()!;

    public JsonElement Get(JsonElement parent, string name, JsonValueKind kind)
    {
        if (parent.ValueKind != JsonValueKind.Object || !parent.TryGetProperty(name, out var member))
            throw Refuse($"\"{name}\" is missing");
        return member.ValueKind == kind ? member : throw Refuse($"\"{name}\" is {member.ValueKind}; it must be {kind}");
    }

    public int GetInt32(JsonElement value, string what) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= 0
            ? number
            : throw Refuse($"{what} is not a number from 0");

    // Older files write "left right", newer ones ["left", "right"].
    public (string Left, string Right) GetPair(JsonElement entry, string what)
    {
        if (entry.ValueKind == JsonValueKind.String && entry.GetString()!.Split(' ') is [var left, var right])
            return (left, right);
        if (entry.ValueKind == JsonValueKind.Array && entry.GetArrayLength() == 2
            && entry[0].ValueKind == JsonValueKind.String && entry[1].ValueKind == JsonValueKind.String)
            return (entry[0].GetString()!, entry[1].GetString()!);
        throw Refuse($"{what} is not a pair: {entry.GetRawText()}");
    }

    public InvalidDataException Refuse(string reason) => new($"{file} cannot be read: {Excerpt.Of(reason, 400)}.");
}
