namespace TurkishLlm.Data.Privacy;

/// <summary>Finds a Turkish IBAN, also in groups.</summary>
internal static class Iban
{
    private const int Length = 26;

    /// <param name="text">The text.</param>
    /// <param name="at">Index of the T of TR.</param>
    /// <returns>The end; <paramref name="at"/> for none.</returns>
    public static int FindEnd(ReadOnlySpan<char> text, int at)
    {
        if (at > 0 && TextBoundary.IsWord(text[at - 1])) return at;
        Span<char> iban = stackalloc char[Length];
        var (end, count) = (at, 0);
        while (end < text.Length && count < Length)
        {
            var c = text[end++];
            if (char.IsAsciiLetterOrDigit(c)) iban[count++] = c;
            else if (c is not (' ' or '\u00A0' or '\u202F' or '-') || !IsBetweenParts(text, end - 1)) return at;
        }
        return count == Length && CheckDigits.IsTurkishIban(iban) && (end == text.Length || !TextBoundary.IsWord(text[end]))
            ? end
            : at;
    }

    private static bool IsBetweenParts(ReadOnlySpan<char> text, int at) =>
        char.IsAsciiLetterOrDigit(text[at - 1]) && at + 1 < text.Length && char.IsAsciiLetterOrDigit(text[at + 1]);
}
