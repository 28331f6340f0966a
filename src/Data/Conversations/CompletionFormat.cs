using System.Text.Json;

namespace TurkishLlm.Data.Conversations;

/// <summary>A prompt and its completion, as texts or as messages.</summary>
internal static class CompletionFormat
{
    public static ConversationRow Read(JsonRow row)
    {
        var (prompt, completion) = (row.FindName("prompt")!, row.FindName("completion", "response")!);
        if (row.Element.GetProperty(prompt).ValueKind == JsonValueKind.Array)
            return MessagesFormat.Read(row, [.. row.GetRows(prompt), .. row.GetRows(completion)]);

        var builder = new ConversationBuilder(row);
        builder.AddSystem(row.GetOptionalString("system"));
        builder.AddUser(row.GetString(prompt), row.GetStrings("context"));
        builder.AddAssistant(row.GetString(completion));
        return builder.Build();
    }
}
