namespace TurkishLlm.Server.Api;

/// <summary>What the log and the metrics say about a request. Never its text.</summary>
internal sealed class RequestFacts
{
    public int PromptTokens { get; set; }

    public int CompletionTokens { get; set; }

    /// <summary>Why a streamed answer ended early; null for none. The reply has started, so its status says nothing.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Time until the first token; null before it.</summary>
    public TimeSpan? FirstToken { get; set; }
}
