using System.Text.Json;

namespace TurkishLlm.Data.Conversations;

/// <summary>The Alpaca format: an instruction, its optional input, and the answer.</summary>
internal static class AlpacaFormat
{
    /// <param name="row">The row.</param>
    /// <param name="inputIsContext">
    /// True to treat the input as retrieved context, which may be shortened; false to append it to the instruction.
    /// </param>
    public static ConversationRow Read(JsonRow row, bool inputIsContext)
    {
        KnownKeys.Alpaca.Check(row);
        var builder = new ConversationBuilder(row);
        builder.AddSystem(row.GetSystem());
        AddHistory(row, builder);
        var (instruction, input, context) = (
            row.GetString("instruction"), row.GetOptionalString("input"), row.GetStrings("context"));
        if (string.IsNullOrWhiteSpace(input)) builder.AddUser(instruction, context);
        else if (inputIsContext) builder.AddUser(instruction, [.. context, input]);
        else builder.AddUser($"{instruction.TrimEnd()}\n\n{input.TrimStart()}", context);
        builder.AddAssistant(
            row.GetUnambiguousString("output", "response") ?? throw row.CreateException("\"output\" is missing."));
        return builder.Build();
    }

    private static void AddHistory(JsonRow row, ConversationBuilder builder)
    {
        if (!row.Has("history")) return;
        var history = row.Element.GetProperty("history");
        if (history.ValueKind != JsonValueKind.Array || history.EnumerateArray().Any(turn => !IsPair(turn)))
            throw row.CreateException("\"history\" must be a list of [question, answer] pairs.");
        foreach (var turn in history.EnumerateArray())
        {
            builder.AddUser(turn[0].GetString()!);
            builder.AddAssistant(turn[1].GetString());
        }
    }

    private static bool IsPair(JsonElement turn) =>
        turn.ValueKind == JsonValueKind.Array
        && turn.GetArrayLength() == 2
        && turn.EnumerateArray().All(text => text.ValueKind == JsonValueKind.String);
}
