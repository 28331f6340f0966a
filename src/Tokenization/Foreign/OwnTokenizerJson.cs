using System.Text.Json;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Tokenization.Foreign;

/// <summary>Recognizes <c>tokenizer.json</c> of this project, also if it is damaged.</summary>
internal static class OwnTokenizerJson
{
    /// <summary>Returns true if the first added tokens are the special tokens of this project.</summary>
    public static bool IsOwn(JsonElement root) => FindSpecialNames(root) is not null;

    /// <summary>
    /// Returns the names of the special tokens, which depend on the chat format; null if they are of another project.
    /// </summary>
    public static IReadOnlyList<string>? FindSpecialNames(JsonElement root) =>
        root.ValueKind == JsonValueKind.Object
        && root.TryGetProperty("added_tokens", out var added)
        && added.ValueKind == JsonValueKind.Array
            ? ChatFormat.FindTokenNames(added.EnumerateArray().Take(SpecialTokens.Count)
                .Select(token => token.ValueKind == JsonValueKind.Object && token.TryGetProperty("content", out var name)
                    && name.ValueKind == JsonValueKind.String ? name.GetString() : null))
            : null;
}
