using System.Text.Json;

namespace TurkishLlm.Data.Conversations;

/// <summary>An instruction, what it is about, and the answer.</summary>
internal static class AlpacaFormat
{
    /// <param name="row">The row.</param>
    /// <param name="inputIsContext">True to take the input for retrieved context, which may be shortened; false to put it below the instruction.</param>
    public static ConversationRow Read(JsonRow row, bool inputIsContext)
    {
        var builder = new ConversationBuilder(row);
        builder.AddSystem(row.GetOptionalString("system"));
        if (row.Has("history"))
            foreach (var turn in row.Element.GetProperty("history").EnumerateArray())
            {
                if (turn.ValueKind != JsonValueKind.Array || turn.GetArrayLength() != 2 || turn.EnumerateArray().Any(text => text.ValueKind != JsonValueKind.String))
                    throw row.CreateException("\"history\" must be a list of pairs of texts, question and answer.");
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
