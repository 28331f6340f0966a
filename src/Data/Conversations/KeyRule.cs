using System.Text.Json;

namespace TurkishLlm.Data.Conversations;

/// <summary>
/// Keys that change what is learned, and cannot be honored. They may be there only with a value that changes nothing.
/// </summary>
/// <param name="Names">Names of the keys.</param>
/// <param name="Reason">Why they are refused, and what to do instead.</param>
/// <param name="IsHarmless">Returns true for values that change nothing; by default empty ones.</param>
internal sealed record KeyRule(string[] Names, string Reason, Func<JsonElement, bool>? IsHarmless = null)
{
    public static KeyRule RowWeight { get; } = new(
        ["sample_weight", "mask", .. LearnedKey.Names],
        "a row has no weight. Move such rows into a file of their own and set sft.sources.NAME.weight, or give messages a weight",
        value => LearnedKey.ReadSwitch(value) is true
            || (value.ValueKind == JsonValueKind.String && RoleName.TryParse(value.GetString()!) is "user"));

    public static KeyRule Desirable { get; } = new(
        ["kto_tag", "label"],
        "the answer is marked as one not to learn. Remove the row",
        value => value.ValueKind != JsonValueKind.False);

    public static KeyRule Preference { get; } = new(
        [
            "chosen", "rejected", "rejected_response", "rejected_messages", "preferred_output", "non_preferred_output",
        ],
        "the row is a preference pair, not an example. Name the file in preference.files of a plan");

    public static KeyRule Tools { get; } = new(
        ["tools", "functions"],
        "the template has no place for definitions of tools. Describe them in the system message and remove the key");

    public static KeyRule Media { get; } = new(
        [
            "images", "image", "image_url", "audios", "audio", "input_audio", "videos", "video", "video_url", "file",
        ],
        "the model reads text only. Remove the row or the key");

    public static KeyRule Reasoning { get; } = new(
        ["reasoning_content", "reasoning", "thinking", "thought"],
        "the template has no place for reasoning. Put it into the answer or remove the key");

    public static KeyRule Documents { get; } = new(
        ["documents", "passages"], "retrieved texts are read from \"context\". Rename the key");

    public static KeyRule Context { get; } = new(
        ["context", "contexts"], "the context of a row of messages belongs to a message. Move it into the message of the user");

    public static KeyRule AttentionMask { get; } = new(
        ["attention_mask"], "padded rows are not supported. Remove the padding",
        value => value.ValueKind == JsonValueKind.Array
            && value.EnumerateArray().All(item => LearnedKey.ReadSwitch(item) is true));

    public bool Has(string name) => Array.IndexOf(Names, name) >= 0;

    /// <summary>Refuses the row if it has one of the keys.</summary>
    public void CheckAll(JsonRow row)
    {
        foreach (var key in row.Element.EnumerateObject())
            if (Has(key.Name)) Check(row, key);
    }

    public void Check(JsonRow row, JsonProperty key)
    {
        if ((IsHarmless ?? IsEmpty)(key.Value)) return;
        throw row.CreateException($"\"{key.Name}\" is {JsonRow.Describe(key.Value)}, but {Reason}.");
    }

    private static bool IsEmpty(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        JsonValueKind.String => value.GetString()!.Trim() is "" or "[]" or "{}" or "null" or "None",
        _ => false,
    };
}
