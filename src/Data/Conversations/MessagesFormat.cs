using System.Text.Json;

namespace TurkishLlm.Data.Conversations;

/// <summary>
/// Messages with roles: the format of this project, of OpenAI and of most other tools, including the message parts of nanochat.
/// </summary>
internal static class MessagesFormat
{
    public static ConversationRow Read(JsonRow row) => Read(row, row.GetRows("messages"));

    public static ConversationRow Read(JsonRow row, IReadOnlyList<JsonRow> messages)
    {
        var builder = new ConversationBuilder(row);
        builder.AddSystem(row.GetOptionalString("system"));
        foreach (var message in messages) Add(builder, message, message.GetString("role", "from"));
        return builder.Build();
    }

    public static void Add(ConversationBuilder builder, JsonRow message, string role)
    {
        switch (role)
        {
            case "system" or "developer": builder.AddSystem(GetContent(message)); break;
            case "user" or "human": builder.AddUser(GetContent(message), message.GetStrings("context")); break;
            case "assistant" or "gpt" or "model" or "bot": AddAssistant(builder, message); break;
            case "tool" or "ipython" or "function" or "observation": builder.AddTool(GetContent(message)); break;
            case "function_call": builder.AddAssistant("", GetContent(message)); break;
            default: throw message.CreateException($"the role \"{role}\" is unknown; use system, user, assistant or tool.");
        }
    }

    private static void AddAssistant(ConversationBuilder builder, JsonRow message)
    {
        if (message.Has("content") && message.Element.GetProperty("content").ValueKind == JsonValueKind.Array)
        {
            AddParts(builder, message.GetRows("content"));
            return;
        }
        var calls = message.Has("tool_calls") ? message.GetRows("tool_calls") : [];
        if (calls.Count > 1)
        {
            throw message.CreateException(FormattableString.Invariant(
                $"an answer has {calls.Count} tool calls; the template supports one per message."));
        }
        builder.AddAssistant(
            GetContent(message),
            calls is [var call] ? GetToolCall(call) : message.GetOptionalString("tool_call"));
    }

    // nanochat: text, a tool call with its output, and text again, all in one message.
    private static void AddParts(ConversationBuilder builder, IReadOnlyList<JsonRow> parts)
    {
        var text = "";
        foreach (var part in parts)
            switch (part.GetString("type"))
            {
                case "text": text += part.GetString("text"); break;
                case "python" or "tool_call":
                    builder.AddAssistant(text, part.GetString("text"));
                    text = "";
                    break;
                case "python_output" or "tool_output": builder.AddTool(part.GetString("text")); break;
                case var other:
                    throw part.CreateException(
                        $"a part of the answer has the unknown type \"{other}\"; use text, tool_call or tool_output.");
            }
        builder.AddAssistant(text);
    }

    private static string GetToolCall(JsonRow call) =>
        (call.Has("function") ? call.Element.GetProperty("function") : call.Element).GetRawText();

    // All parts of this message must be text.
    private static string GetContent(JsonRow message) =>
        string.Concat(message.Has("content") ? message.GetStrings("content") : message.GetStrings("value"));
}
