namespace TurkishLlm.Synthesis.Generation;

/// <summary>An interpreted reply.</summary>
/// <param name="Reply">The reply.</param>
/// <param name="Kind">Its consequence.</param>
/// <param name="HasUsage">False if the service does not give the tokens, so the cost is the maximum.</param>
/// <param name="Error">The error that the service reports in place of a reply; null if it reports none.</param>
public sealed record InterpretedReply(RepliedEntry Reply, ReplyKind Kind, bool HasUsage, ServiceError? Error);
