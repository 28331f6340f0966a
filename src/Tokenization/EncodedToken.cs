namespace TurkishLlm.Tokenization;

/// <summary>A token and what it stands for in the text it came from.</summary>
/// <param name="Id">The id.</param>
/// <param name="Text">The characters of the token; bytes that are only a part of a character are written <c>&lt;0xC4&gt;</c>.</param>
/// <param name="Start">First character (UTF-16) of the text that the token touches.</param>
/// <param name="Length">How many characters it touches. Two tokens that share a character both touch it.</param>
public readonly record struct EncodedToken(int Id, string Text, int Start, int Length);
