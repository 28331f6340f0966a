namespace TurkishLlm.Synthesis.Generation;

/// <summary>The reply of a model, as interpreted from the body.</summary>
/// <param name="Text">The exact text.</param>
/// <param name="InputTokens">Number of input tokens, as counted by the service; null if the service gives none.</param>
/// <param name="OutputTokens">Number of output tokens, as counted by the service; null if the service gives none.</param>
/// <param name="StopReason">Why the model stopped, in the words of the service.</param>
public sealed record ModelReply(string Text, long? InputTokens, long? OutputTokens, string StopReason)
{
    /// <summary>The consequence.</summary>
    public ReplyKind Kind { get; init; }

    /// <summary>Why the body has no text; empty if it has one.</summary>
    public string Problem { get; init; } = "";

    /// <summary>The error that the service reports in place of a reply.</summary>
    public ServiceError? Error { get; init; }

    internal static ModelReply Damaged(string problem) => new("", null, null, "") { Kind = ReplyKind.Damaged, Problem = problem };

    internal static ModelReply Failed(ServiceError error) =>
        new("", null, null, "") { Kind = ReplyKind.Error, Problem = error.ToString(), Error = error };
}
