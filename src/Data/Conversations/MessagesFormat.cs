using System.Text.Json;

namespace TurkishLlm.Data.Conversations;

/// <summary>
/// Messages with roles: the format of this project, of OpenAI and of most other tools, including the message parts of nanochat.
/// </summary>
internal static class MessagesFormat
{
    public static ConversationRow Read(JsonRow row)
    {
        KnownKeys.Messages.Check(row);
        return Read(row, row.GetRows("messages"));
    }

    public static ConversationRow Read(JsonRow row, IReadOnlyList<JsonRow> messages)
    {
        var builder = new ConversationBuilder(row);
        builder.AddSystem(row.GetSystem());
        var mask = LearnedKey.GetRowMask(row, messages.Count);
        foreach (var (i, message) in messages.Index()) Add(builder, message, mask?[i] ?? true);
        return builder.Build();
    }

    /// <param name="builder">Receives the message.</param>
    /// <param name="message">The message.</param>
    /// <param name="learned">Whether an answer is learned if the message does not say so.</param>
    public static void Add(ConversationBuilder builder, JsonRow message, bool learned = true)
    {
        var role = RoleName.Parse(message, GetRole(message));
        var isAnswer = role is "assistant" or RoleName.FunctionCall;
        KnownKeys.Message.Check(message);
        Refuse(message, "name", role != "tool", "the template has no place for names. Put the name into the text");
        Refuse(message, "context", role != "user", $"only a question has context, not a message of the {role}");
        foreach (var key in (string[])["tool_call", "tool_calls", "function_call"])
            Refuse(message, key, role != "assistant", $"only the assistant calls tools, not the {role}");
        var isLearned = LearnedKey.Find(message);
        if (!isAnswer && isLearned is true)
            throw message.CreateException(
                $"a message of the {role} is marked as learned, but only answers are learned. Remove the key, or set it to 0.");
        switch (role)
        {
            case "system": builder.AddSystem(GetContent(message)); break;
            case "user": builder.AddUser(GetContent(message), message.GetStrings("context")); break;
            case "assistant": AddAssistant(builder, message, isLearned ?? learned); break;
            case "tool": builder.AddTool(GetToolOutput(message)); break;
            default: builder.AddAssistant("", ToolCallText.Read(message, GetContent(message)), isLearned ?? learned); break;
        }
    }

    public static string GetRole(JsonRow message) =>
        message.GetUnambiguousString("role", "from") ?? throw message.CreateException("\"role\" is missing.");

    private static void Refuse(JsonRow message, string key, bool isWrong, string reason)
    {
        if (isWrong && message.Has(key)) new KeyRule([key], reason).Check(message, message.GetKey(key));
    }

    private static void AddAssistant(ConversationBuilder builder, JsonRow message, bool isLearned)
    {
        var call = GetToolCall(message);
        if (message.Has("content") && message.Element.GetProperty("content").ValueKind == JsonValueKind.Array)
        {
            AddParts(builder, message, call, isLearned);
            return;
        }
        var (text, refusal) = (GetContent(message), message.GetOptionalString("refusal"));
        if (!string.IsNullOrWhiteSpace(text) && !string.IsNullOrWhiteSpace(refusal))
            throw message.CreateException("\"content\" and \"refusal\" are both answers. Keep one of them.");
        builder.AddAssistant(string.IsNullOrWhiteSpace(text) ? refusal : text, call, isLearned);
    }

    private static string? GetToolCall(JsonRow message)
    {
        var calls = message.Has("tool_calls") ? message.GetRows("tool_calls") : [];
        var found = calls.Select(ToolCallText.Read).ToList();
        if (message.Has("function_call"))
            found.Add(ToolCallText.Read(message with { Element = message.Element.GetProperty("function_call") }));
        if (message.GetOptionalString("tool_call") is { } text) found.Add(ToolCallText.Read(message, text));
        if (found.Count > 1)
            throw message.CreateException(FormattableString.Invariant(
                $"an answer has {found.Count} tool calls; the template supports one per message."));
        return found.FirstOrDefault();
    }

    // nanochat: text, a tool call with its output, and text again, all in one message.
    private static void AddParts(ConversationBuilder builder, JsonRow message, string? call, bool isLearned)
    {
        var text = "";
        foreach (var part in message.GetRows("content"))
        {
            KnownKeys.Part.Check(part);
            switch (part.GetOptionalString("type") ?? "text")
            {
                case "text" or "output_text": text += part.GetString("text"); break;
                case "refusal": text += part.GetString("refusal"); break;
                case "python" or "tool_call":
                    builder.AddAssistant(text, ToolCallText.Read(part, part.GetString("text")), isLearned);
                    text = "";
                    break;
                case "python_output" or "tool_output": builder.AddTool(part.GetString("text")); break;
                case var other:
                    throw part.CreateException(
                        $"a part of the answer has the unknown type \"{other}\"; use text, tool_call or tool_output.");
            }
        }
        builder.AddAssistant(text, call, isLearned);
    }

    private static string GetToolOutput(JsonRow message) =>
        message.FindName("content", "value") is { } name
        && message.Element.GetProperty(name) is { ValueKind: JsonValueKind.Object } output
            ? CompactJson.Write(output)
            : GetContent(message);

    // All parts of this message must be text.
    private static string GetContent(JsonRow message)
    {
        var name = message.FindName("content", "value");
        if (name == "content" && message.Has("value")
            && !JsonElement.DeepEquals(message.Element.GetProperty("content"), message.Element.GetProperty("value")))
            throw message.CreateException("\"content\" and \"value\" differ, but they mean the same. Keep one of them.");
        if (name is null) return "";
        if (message.Element.GetProperty(name).ValueKind == JsonValueKind.Array)
            foreach (var part in message.Element.GetProperty(name).EnumerateArray())
                if (part.ValueKind == JsonValueKind.Object) CheckText(message with { Element = part });
        return string.Concat(message.GetStrings(name));
    }

    private static void CheckText(JsonRow part)
    {
        KnownKeys.Part.Check(part);
        if (part.GetOptionalString("type") is { } type and not ("text" or "input_text" or "output_text"))
            throw part.CreateException($"a part of the message has the type \"{type}\", but the model reads text only.");
    }
}
