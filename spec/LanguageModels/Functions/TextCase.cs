namespace TurkishLlm.Specification.LanguageModels.Functions;

/// <summary>A text for a requirement about the tokenizer.</summary>
/// <param name="Text">Any string, lone surrogates included.</param>
public sealed record TextCase(string Text)
{
    /// <summary>The text in one line of ASCII, for lists of cases.</summary>
    public override string ToString() =>
        '"'
        + string.Concat(
            Text.Take(60).Select(c => c is >= ' ' and < '\x7F' || char.IsLetter(c) ? c.ToString() : $"\\u{(int)c:X4}"))
        + (Text.Length > 60 ? "…" : "")
        + '"';
}
