using System.Text.Json;

namespace TurkishLlm.Data;

/// <summary>A prompt and its completion, as texts or as messages.</summary>
internal static class CompletionFormat
{
    public static ConversationRow Read(JsonRow row)
    {
        var (prompt, completion) = (row.NameAmong("prompt")!, row.NameAmong("completion", "response")!);
        if (row.Element.GetProperty(prompt).ValueKind == JsonValueKind.Array) return MessagesFormat.Read(row, [.. row.Rows(prompt), .. row.Rows(completion)]);

        var builder = new ConversationBuilder(row);
        builder.System(row.OptionalText("system"));
        builder.User(row.Text(prompt), row.Texts("context"));
        builder.Assistant(row.Text(completion));
        return builder.Finish();
    }
}
