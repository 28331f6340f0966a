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
        var builder = new ConversationBuilder(row);
        builder.AddSystem(row.GetOptionalString("system"));
        if (row.Has("history"))
            foreach (var turn in row.Element.GetProperty("history").EnumerateArray())
            {
                if (
                    turn.ValueKind != JsonValueKind.Array
                    || turn.GetArrayLength() != 2
                    || turn.EnumerateArray().Any(text => text.ValueKind != JsonValueKind.String))
                    throw row.CreateException("\"history\" must be a list of [question, answer] pairs.");
                builder.AddUser(turn[0].GetString()!);
                builder.AddAssistant(turn[1].GetString());
            }

        var (instruction, input) = (row.GetString("instruction"), row.GetOptionalString("input"));
        if (string.IsNullOrWhiteSpace(input)) builder.AddUser(instruction);
        else if (inputIsContext) builder.AddUser(instruction, input);
        else builder.AddUser($"{instruction.TrimEnd()}\n\n{input.TrimStart()}");
        builder.AddAssistant(row.GetString("output", "response"));
        return builder.Build();
    }
}
