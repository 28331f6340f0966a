namespace TurkishLlm.Synthesis.Generation;

/// <summary>A line of a file of recorded replies.</summary>
/// <param name="Group">The group, or the pair, that it is about.</param>
/// <param name="Attempt">1, and one more for each reply that cannot be read.</param>
/// <param name="Text">The words of the model, exactly.</param>
/// <param name="InputTokens">Tokens read.</param>
/// <param name="OutputTokens">Tokens written.</param>
public sealed record RecordedReply(string Group, int Attempt, string Text, long InputTokens, long OutputTokens);
