using System.Text.Json;

namespace TurkishLlm.Server.Api;

/// <summary>A field with a list of token ids.</summary>
internal static class TokenField
{
    /// <exception cref="ApiException">An item is not an id of the vocabulary.</exception>
    public static IReadOnlyList<int> Read(RequestFields fields, string name, JsonElement list, int vocabularySize)
    {
        var ids = new List<int>(list.GetArrayLength());
        foreach (var item in list.EnumerateArray())
            ids.Add(item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var id) && id >= 0 && id < vocabularySize
                ? id
                : throw fields.WrongType(name, item, FormattableString.Invariant($"a token id from 0 to {vocabularySize - 1}")));
        return ids;
    }
}
