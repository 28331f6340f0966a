namespace TurkishLlm.Synthesis.Generation;

/// <summary>One line of a file of recorded replies.</summary>
/// <param name="Group">The group or the pair that it is about.</param>
/// <param name="Attempt">Number of the attempt, from 1; increased after each unreadable reply.</param>
/// <param name="Text">The exact text of the reply.</param>
/// <param name="InputTokens">Number of input tokens.</param>
/// <param name="OutputTokens">Number of output tokens.</param>
public sealed record RecordedReply(string Group, int Attempt, string Text, long InputTokens, long OutputTokens);
