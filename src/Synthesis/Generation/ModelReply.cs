namespace TurkishLlm.Synthesis.Generation;

/// <summary>What a model answered.</summary>
/// <param name="Text">Its words, exactly.</param>
/// <param name="InputTokens">Tokens that were read, as the service counts them.</param>
/// <param name="OutputTokens">Tokens that were written.</param>
/// <param name="StopReason">Why it stopped, in the service's words.</param>
public sealed record ModelReply(string Text, long InputTokens, long OutputTokens, string StopReason);
