using System.Text.Json;
using Microsoft.Extensions.AI;
using TurkishLlm.Files;
using TurkishLlm.Inference.Batching;
using TurkishLlm.Inference.Chat;
using AiMessage = Microsoft.Extensions.AI.ChatMessage;

namespace TurkishLlm.Extensions;

/// <summary>Writes an answer in the types of Microsoft.Extensions.AI.</summary>
internal static class ChatReply
{
    public static AiMessage CreateMessage(Answer answer)
    {
        var contents = new List<AIContent>();
        if (answer.Text.Length > 0) contents.Add(new TextContent(answer.Text));
        if (answer.ToolCall is { } text)
            contents.Add(IsComplete(answer) && ToolCall.TryParse(text) is { } call
                ? new FunctionCallContent(CreateId(), call.Name, ReadArguments(call.Arguments))
                : new TextContent(text));
        return new(ChatRole.Assistant, contents);
    }

    public static ChatFinishReason GetFinishReason(Answer answer) => answer switch
    {
        { ToolCall: { } call } when IsComplete(answer) && ToolCall.TryParse(call) is not null => ChatFinishReason.ToolCalls,
        { FinishReason: FinishReason.Length } => ChatFinishReason.Length,
        _ => ChatFinishReason.Stop,
    };

    // A call that was cut off stays text, so that no client runs it.
    private static bool IsComplete(Answer answer) => answer.FinishReason == FinishReason.EndOfTurn;

    public static UsageDetails CountTokens(TextRequest request, TextResult result) => new()
    {
        InputTokenCount = request.Prompt.Count,
        OutputTokenCount = result.Answer.TokenIds.Count,
        TotalTokenCount = request.Prompt.Count + result.Answer.TokenIds.Count,
        CachedInputTokenCount = result.CachedTokens,
    };

    public static string CreateId() => Guid.NewGuid().ToString("N");

    private static Dictionary<string, object?> ReadArguments(string json)
    {
        using var arguments = StrictJson.Parse(json, "the tool call");
        return arguments.RootElement.EnumerateObject().ToDictionary(
            argument => argument.Name, argument => (object?)argument.Value.Clone(), StringComparer.Ordinal);
    }
}
