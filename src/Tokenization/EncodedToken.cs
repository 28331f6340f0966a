namespace TurkishLlm.Tokenization;

/// <summary>A token and the characters of the text that it represents.</summary>
/// <param name="Id">The token id.</param>
/// <param name="Text">
/// The characters of the token. Bytes that are only part of a character are written as <c>&lt;0xC4&gt;</c>.
/// </param>
/// <param name="Start">Index of the first character (UTF-16 code unit) that the token covers at least partly.</param>
/// <param name="Length">
/// Number of characters that the token covers at least partly. Two tokens that share a character both cover it.
/// </param>
public readonly record struct EncodedToken(int Id, string Text, int Start, int Length);
