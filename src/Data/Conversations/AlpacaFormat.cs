using System.Text.Json;

namespace TurkishLlm.Data;

/// <summary>An instruction, what it is about, and the answer.</summary>
internal static class AlpacaFormat
{
    /// <param name="row">The row.</param>
    /// <param name="inputIsContext">True to take the input for retrieved context, which may be shortened; false to put it below the instruction.</param>
    public static ConversationRow Read(JsonRow row, bool inputIsContext)
    {
        var builder = new ConversationBuilder(row);
        builder.System(row.OptionalText("system"));
        if (row.Has("history"))
            foreach (var turn in row.Element.GetProperty("history").EnumerateArray())
            {
                if (turn.ValueKind != JsonValueKind.Array || turn.GetArrayLength() != 2 || turn.EnumerateArray().Any(text => text.ValueKind != JsonValueKind.String))
                    throw row.Wrong("\"history\" must be a list of pairs of texts, question and answer.");
                builder.User(turn[0].GetString()!);
                builder.Assistant(turn[1].GetString());
            }

        var (instruction, input) = (row.Text("instruction"), row.OptionalText("input"));
        if (string.IsNullOrWhiteSpace(input)) builder.User(instruction);
        else if (inputIsContext) builder.User(instruction, input);
        else builder.User($"{instruction.TrimEnd()}\n\n{input.TrimStart()}");
        builder.Assistant(row.Text("output", "response"));
        return builder.Finish();
    }
}
