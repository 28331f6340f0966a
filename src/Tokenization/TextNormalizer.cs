namespace TurkishLlm.Tokenization;

/// <summary>
/// Normalizes canonically equal texts to one form. Corpus preparation and prompts change text only by this; the tokenizer never
/// changes it. Pages of documentation become <see cref="ReadableText"/>; words are compared as <see cref="ComparableText"/>.
/// </summary>
/// <remarks>
/// Composition is implemented here because <see cref="string.Normalize()"/> silently leaves every text unchanged in a process
/// with <c>InvariantGlobalization</c>, and depends on the installed ICU version otherwise. Spec: TOK-05. Source: Unicode Standard
/// Annex 15.
/// </remarks>
public static class TextNormalizer
{
    private const char FirstComposableCharacter = '\u0300';

    /// <summary>
    /// Converts a text to Unicode normalization form C: letters and their marks become one character if there is one, in
    /// canonical order. Nothing else changes: ligatures, ½, full-width letters and lone surrogates are kept.
    /// </summary>
    /// <returns>The same instance if the text is in form C already.</returns>
    public static string ToNfc(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.AsSpan().IndexOfAnyInRange(FirstComposableCharacter, char.MaxValue) < 0) return text;
        if (CanonicalComposition.PassesQuickCheck(text)) return text;
        var composed = CanonicalComposition.Compose(text);
        return string.Equals(composed, text, StringComparison.Ordinal) ? text : composed;
    }
}
