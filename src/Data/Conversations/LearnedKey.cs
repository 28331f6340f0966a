using System.Text.Json;

namespace TurkishLlm.Data.Conversations;

/// <summary>Keys with which files say whether an answer is learned, such as OpenAI's <c>"weight": 0</c>.</summary>
internal static class LearnedKey
{
    /// <summary>The key of a mask of all messages of a row.</summary>
    public const string RowMask = "loss_mask";

    private static readonly string[] Learned =
        ["weight", "train", "training", "train_on_turn", "trainable", "loss", RowMask, "loss_weight"];

    private static readonly string[] NotLearned = ["masked"];

    /// <summary>The names of all keys.</summary>
    public static IEnumerable<string> Names => Learned.Concat(NotLearned);

    /// <summary>Returns whether a message is learned; null if it does not say so.</summary>
    /// <exception cref="InvalidDataException">A value is neither of the two, or keys contradict each other.</exception>
    public static bool? Find(JsonRow message)
    {
        bool? found = null;
        foreach (var name in Names)
        {
            if (!message.Has(name)) continue;
            var value = message.Element.GetProperty(name);
            var isLearned = ReadSwitch(value) is { } isOn
                ? isOn != (Array.IndexOf(NotLearned, name) >= 0)
                : throw message.CreateException(
                    $"\"{name}\" is {JsonRow.Describe(value)}, but an answer is either learned or not: use 0 or 1.");
            if (found == !isLearned) throw message.CreateException($"\"{name}\" contradicts another key of the same message.");
            found = isLearned;
        }
        return found;
    }

    /// <summary>Returns the mask of LLaMA-Factory, one entry per message; null if the row has none.</summary>
    /// <exception cref="InvalidDataException">The mask has another length, or entries other than 0 and 1.</exception>
    public static bool[]? GetRowMask(JsonRow row, int messages)
    {
        if (!row.Has(RowMask)) return null;
        var mask = row.Element.GetProperty(RowMask) is { ValueKind: JsonValueKind.Array } list
            ? list.EnumerateArray().Select(ReadSwitch).ToArray()
            : [];
        return mask.Length == messages && Array.TrueForAll(mask, entry => entry is not null)
            ? [.. mask.Select(entry => entry is true)]
            : throw row.CreateException(
                FormattableString.Invariant($"\"{RowMask}\" of a row must be a list of {messages} entries, 0 or 1 per message."));
    }

    /// <summary>Returns true for true and 1, false for false and 0, and null for anything else.</summary>
    public static bool? ReadSwitch(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number when value.TryGetDouble(out var number) && number is 0 or 1 => number > 0,
        _ => null,
    };
}
