using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Tokenization.Chat;
using AiMessage = Microsoft.Extensions.AI.ChatMessage;
using AiRole = Microsoft.Extensions.AI.ChatRole;
using Message = TurkishLlm.Tokenization.Chat.ChatMessage;

namespace TurkishLlm.Extensions;

/// <summary>Reads messages of Microsoft.Extensions.AI as a conversation.</summary>
internal static class ConversationMapper
{
    /// <exception cref="ArgumentException">The messages are not a conversation that awaits an answer.</exception>
    /// <exception cref="NotSupportedException">A message has content other than text and calls of tools.</exception>
    public static Conversation Map(IEnumerable<AiMessage> messages)
    {
        var conversation = new Conversation([.. messages.SelectMany(Map)]);
        return conversation.AwaitsAnswer ? conversation : throw new ArgumentException(
            "The last message must be a question or the output of a tool.", nameof(messages));
    }

    private static IEnumerable<Message> Map(AiMessage message)
    {
        var text = string.Concat(message.Contents.OfType<TextContent>().Select(content => content.Text));
        if (message.Contents.FirstOrDefault(content => !IsKnown(content)) is { } other)
            throw new NotSupportedException($"The model reads text only, not {other.GetType().Name}.");
        if (message.Role == AiRole.System) return string.IsNullOrWhiteSpace(text) ? [] : [Message.System(text)];
        if (message.Role == AiRole.User) return [Message.User(text)];
        if (message.Role == AiRole.Assistant) return [Message.Assistant(text, MapCall(message))];
        if (message.Role == AiRole.Tool)
            return message.Contents.OfType<FunctionResultContent>().Select(result => Message.Tool(WriteResult(result)));
        throw new NotSupportedException($"The role {message.Role} is unknown; use system, user, assistant or tool.");
    }

    private static bool IsKnown(AIContent content) =>
        content is TextContent or FunctionCallContent or FunctionResultContent or UsageContent;

    private static string? MapCall(AiMessage message)
    {
        var calls = message.Contents.OfType<FunctionCallContent>().ToArray();
        if (calls.Length == 0) return null;
        if (calls.Length > 1)
            throw new NotSupportedException(FormattableString.Invariant(
                $"An answer has {calls.Length} tool calls; the template supports one per message."));
        var text = new StringBuilder("{\"name\":").Append(CompactJson.WriteString(calls[0].Name)).Append(",\"arguments\":");
        CompactJson.Append(text, ToJson(calls[0].Arguments ?? new Dictionary<string, object?>()));
        return text.Append('}').ToString();
    }

    private static string WriteResult(FunctionResultContent result) => result.Result switch
    {
        null => "",
        string text => text,
        var value => CompactJson.Write(ToJson(value)),
    };

    private static JsonElement ToJson(object value) =>
        JsonSerializer.SerializeToElement(value, AIJsonUtilities.DefaultOptions.GetTypeInfo(value.GetType()));
}
