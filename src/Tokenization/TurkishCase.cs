namespace TurkishLlm.Tokenization;

/// <summary>
/// Turkish case conversion: I ↔ ı and İ ↔ i, all other letters by the invariant rules. Independent of the culture of the process.
/// </summary>
/// <remarks>Spec: TOK-02, TOK-03.</remarks>
public static class TurkishCase
{
    /// <summary>
    /// Converts to lower case: <c>IĞDIR</c> becomes <c>ığdır</c>, <c>İzmir</c> becomes <c>izmir</c>. I followed by a combining
    /// dot is İ.
    /// </summary>
    public static string ToLower(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text
            .Replace("I\u0307", "i", StringComparison.Ordinal)
            .Replace('İ', 'i')
            .Replace('I', 'ı')
            .ToLowerInvariant();
    }

    /// <summary>Converts to upper case: <c>ılık</c> becomes <c>ILIK</c>, <c>izmir</c> becomes <c>İZMİR</c>.</summary>
    public static string ToUpper(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text
            .Replace('i', 'İ')
            .Replace('ı', 'I')
            .ToUpperInvariant();
    }
}
