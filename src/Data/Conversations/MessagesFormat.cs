using System.Text.Json;

namespace TurkishLlm.Data;

/// <summary>Messages with roles: our own shape, that of OpenAI and most others, and the lists of parts of nanochat.</summary>
internal static class MessagesFormat
{
    public static ConversationRow Read(JsonRow row) => Read(row, row.Rows("messages"));

    public static ConversationRow Read(JsonRow row, IReadOnlyList<JsonRow> messages)
    {
        var builder = new ConversationBuilder(row);
        builder.System(row.OptionalText("system"));
        foreach (var message in messages) Add(builder, message, message.Text("role", "from"));
        return builder.Finish();
    }

    public static void Add(ConversationBuilder builder, JsonRow message, string role)
    {
        switch (role)
        {
            case "system" or "developer": builder.System(Content(message)); break;
            case "user" or "human": builder.User(Content(message), message.Texts("context")); break;
            case "assistant" or "gpt" or "model" or "bot": AddAnswer(builder, message); break;
            case "tool" or "ipython" or "function" or "observation": builder.Tool(Content(message)); break;
            case "function_call": builder.Assistant("", Content(message)); break;
            default: throw message.Wrong($"the role \"{role}\" is none of system, user, assistant and tool.");
        }
    }

    private static void AddAnswer(ConversationBuilder builder, JsonRow message)
    {
        if (message.Has("content") && message.Element.GetProperty("content").ValueKind == JsonValueKind.Array)
        {
            AddParts(builder, message.Rows("content"));
            return;
        }
        var calls = message.Has("tool_calls") ? message.Rows("tool_calls") : [];
        if (calls.Count > 1) throw message.Wrong("an answer calls several tools at once; the template has one call in a turn.");
        builder.Assistant(Content(message), calls is [var call] ? Call(call) : message.OptionalText("tool_call"));
    }

    // nanochat: text, then a call and what came out of it, then text again, all in one message.
    private static void AddParts(ConversationBuilder builder, IReadOnlyList<JsonRow> parts)
    {
        var text = "";
        foreach (var part in parts)
            switch (part.Text("type"))
            {
                case "text": text += part.Text("text"); break;
                case "python" or "tool_call":
                    builder.Assistant(text, part.Text("text"));
                    text = "";
                    break;
                case "python_output" or "tool_output": builder.Tool(part.Text("text")); break;
                case var other: throw part.Wrong($"a part of the answer is of the type \"{other}\", which is none of text, tool_call and tool_output.");
            }
        builder.Assistant(text);
    }

    private static string Call(JsonRow call) => (call.Has("function") ? call.Element.GetProperty("function") : call.Element).GetRawText();

    // A list of parts where only text makes sense.
    private static string Content(JsonRow message) =>
        string.Concat(message.Has("content") ? message.Texts("content") : message.Texts("value"));
}
