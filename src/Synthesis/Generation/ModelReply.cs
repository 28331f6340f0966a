namespace TurkishLlm.Synthesis.Generation;

/// <summary>The reply of a model.</summary>
/// <param name="Text">The exact text.</param>
/// <param name="InputTokens">Number of input tokens, as counted by the service.</param>
/// <param name="OutputTokens">Number of output tokens, as counted by the service.</param>
/// <param name="StopReason">Why the model stopped, in the words of the service.</param>
public sealed record ModelReply(string Text, long InputTokens, long OutputTokens, string StopReason);
