namespace TurkishLlm.Tokenization.Foreign;

/// <summary>An entry of <c>added_tokens</c> in <c>tokenizer.json</c>.</summary>
/// <param name="Name">The text that becomes this token.</param>
/// <param name="Id">Its id.</param>
/// <param name="IsSpecial">True for a control token, which decoding may skip.</param>
internal sealed record HuggingFaceAddedToken(string Name, int Id, bool IsSpecial);
