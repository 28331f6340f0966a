using Microsoft.Extensions.Logging;
using TurkishLlm.Inference.Chat;

namespace TurkishLlm.Extensions;

/// <summary>The log messages of local models. They never contain text of a conversation.</summary>
internal static partial class ChatLog
{
    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Loaded {Model} with a context of {ContextLength} tokens; up to {Texts} conversations at once")]
    public static partial void Loaded(ILogger logger, string model, int contextLength, int texts);

    [LoggerMessage(
        Level = LogLevel.Debug,
        Message = "{Model} answered in {Milliseconds} ms: prompt {PromptTokens} ({CachedTokens} cached), answer {AnswerTokens} "
            + "tokens, {FinishReason}")]
    public static partial void Answered(
        ILogger logger, string model, long milliseconds, int promptTokens, int cachedTokens, int answerTokens,
        FinishReason finishReason);
}
