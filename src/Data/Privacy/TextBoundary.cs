namespace TurkishLlm.Data.Privacy;

/// <summary>Decides whether a number is a part of a word, a date, a version or a path.</summary>
internal static class TextBoundary
{
    /// <summary>Returns true if no word or number continues to the left of an index.</summary>
    public static bool IsStart(ReadOnlySpan<char> text, int at)
    {
        if (at == 0) return true;
        var before = text[at - 1];
        if (IsWord(before) || before is '#' or '$' or '€' or '₺' or '£') return false;
        if (at == 1 || !IsWord(text[at - 2])) return true;
        // "No:123" and "Tel.0212" are numbers of their own; 12:30, 1.5, FTR-123 and /id/123 are not.
        return before is not ('-' or '/' or '\\') && (before is not ('.' or ':') || !char.IsDigit(text[at - 2]));
    }

    /// <summary>Returns true if no word or number continues to the right of an index. An apostrophe with a suffix may.</summary>
    public static bool IsEnd(ReadOnlySpan<char> text, int end)
    {
        if (end == text.Length) return true;
        var next = text[end];
        if (IsWord(next) || next is '%' or '°') return false;
        if (end + 1 == text.Length) return true;
        return next switch
        {
            '.' or ':' => !char.IsAsciiDigit(text[end + 1]),
            '-' or '/' or '\\' => !IsWord(text[end + 1]),
            _ => true,
        };
    }

    /// <summary>Returns true for a character that a number can be a part of together with its neighbors.</summary>
    public static bool IsWord(char c) => char.IsLetterOrDigit(c) || c == '_';
}
