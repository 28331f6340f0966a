namespace TurkishLlm.Data.Privacy;

/// <summary>Finds the e-mail address around an at sign.</summary>
internal static class EmailAddress
{
    // icon@2x.png is a file of twice the resolution.
    private static readonly string[] FileEndings = ["png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js"];

    /// <param name="text">The text.</param>
    /// <param name="at">Index of the at sign.</param>
    /// <param name="from">First index that the address may have.</param>
    /// <returns>Start and end; an empty range for none.</returns>
    public static (int Start, int End) Find(ReadOnlySpan<char> text, int at, int from)
    {
        var start = at;
        while (start > from && IsLocal(text[start - 1])) start--;
        while (start < at && text[start] is '.' or '-' or '%' or '+') start++;
        if (start == at || text[at - 1] == '.') return (at, at);

        var (end, lastDot) = (at + 1, -1);
        for (; end < text.Length && (char.IsLetterOrDigit(text[end]) || text[end] is '.' or '-'); end++)
            if (text[end] == '.')
            {
                if (text[end - 1] is '.' or '@') break;
                lastDot = end;
            }
        while (end > at + 1 && text[end - 1] is '.' or '-') end--;
        if (lastDot >= end) lastDot = text[..end].LastIndexOf('.');
        if (lastDot <= at + 1) return (at, at);
        var ending = text[(lastDot + 1)..end];
        return ending.Length >= 2 && IsLetters(ending) && !IsFileEnding(ending) ? (start, end) : (at, at);
    }

    private static bool IsLocal(char c) => char.IsLetterOrDigit(c) || c is '.' or '_' or '%' or '+' or '-';

    private static bool IsLetters(ReadOnlySpan<char> ending)
    {
        foreach (var c in ending)
            if (!char.IsLetter(c)) return false;
        return true;
    }

    private static bool IsFileEnding(ReadOnlySpan<char> ending)
    {
        foreach (var file in FileEndings)
            if (ending.Equals(file, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }
}
