using TurkishLlm.Inference.Chat;

namespace TurkishLlm.Server.Api;

/// <summary>The reasons why a text ended, as OpenAI names them.</summary>
internal static class FinishReasons
{
    public static string Of(Answer answer) => answer switch
    {
        { ToolCall: { } call, FinishReason: FinishReason.EndOfTurn } when ToolCall.TryParse(call) is not null => "tool_calls",
        { FinishReason: FinishReason.Length or FinishReason.Cancelled } => "length",
        _ => "stop",
    };
}
