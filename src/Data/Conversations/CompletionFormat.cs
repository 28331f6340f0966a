using System.Text.Json;

namespace TurkishLlm.Data.Conversations;

/// <summary>
/// A prompt and its completion, as texts or as messages. Answers in the prompt are not learned, unless they say so.
/// </summary>
internal static class CompletionFormat
{
    public static ConversationRow Read(JsonRow row)
    {
        KnownKeys.Completion.Check(row);
        var completion = row.FindName("completion", "response")!;
        var builder = new ConversationBuilder(row);
        builder.AddSystem(row.GetSystem());
        if (row.Element.GetProperty("prompt").ValueKind == JsonValueKind.Array)
        {
            KeyRule.Context.CheckAll(row);
            foreach (var message in row.GetRows("prompt")) MessagesFormat.Add(builder, message, learned: false);
            foreach (var message in row.GetRows(completion)) MessagesFormat.Add(builder, message);
            return builder.Build();
        }
        builder.AddUser(row.GetString("prompt"), row.GetStrings("context"));
        builder.AddAssistant(row.GetUnambiguousString("completion", "response"));
        return builder.Build();
    }
}
