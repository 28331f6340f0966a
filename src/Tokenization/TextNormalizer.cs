namespace TurkishLlm.Tokenization;

/// <summary>
/// Brings canonically equal texts to one form. This is the one place where text is rewritten: corpus preparation and
/// prompts call it, the tokenizer itself never does.
/// </summary>
/// <remarks>
/// Composition is our own: <see cref="string.Normalize()"/> leaves every text as it is in a process with
/// <c>InvariantGlobalization</c>, silently, and follows whatever ICU a machine has in any other.
/// Spec: TOK-05. Source: Unicode Standard Annex 15.
/// </remarks>
public static class TextNormalizer
{
    private const char FirstComposableCharacter = '\u0300';

    /// <summary>
    /// Unicode normalization form C: letters and their marks become one character where one exists, in canonical order.
    /// Nothing else changes: ligatures, ½ and full-width letters stay. Lone surrogates stay.
    /// </summary>
    /// <returns>The text itself when it is in that form already.</returns>
    public static string ToNfc(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.AsSpan().IndexOfAnyInRange(FirstComposableCharacter, char.MaxValue) < 0) return text;
        if (CanonicalComposition.PassesQuickCheck(text)) return text;
        var composed = CanonicalComposition.Compose(text);
        return string.Equals(composed, text, StringComparison.Ordinal) ? text : composed;
    }
}
