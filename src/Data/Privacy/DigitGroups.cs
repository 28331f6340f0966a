namespace TurkishLlm.Data.Privacy;

/// <summary>
/// The groups of digits from an index on that single separators join: <c>0 (212) 555 01 23</c> has five. At most
/// <see cref="MaxGroups"/> groups are read, and a group of more than <see cref="MaxDigits"/> digits ends the list.
/// </summary>
internal ref struct DigitGroups
{
    public const int MaxGroups = 8, MaxDigits = 19;
    private const string Separators = " \u00A0\u202F-.\u2011\u2013/";

    private readonly Span<Range> _groups;

    /// <param name="text">The text.</param>
    /// <param name="start">Index of the first digit.</param>
    /// <param name="buffer">Room for <see cref="MaxGroups"/> groups.</param>
    public DigitGroups(ReadOnlySpan<char> text, int start, Span<Range> buffer)
    {
        Text = text;
        _groups = buffer;
        for (var at = start; Count < MaxGroups;)
        {
            var end = at;
            while (end < text.Length && end - at <= MaxDigits && char.IsAsciiDigit(text[end])) end++;
            if (end == at || end - at > MaxDigits) break;
            _groups[Count++] = at..end;
            at = SkipSeparator(text, end);
        }
    }

    /// <summary>The text.</summary>
    public ReadOnlySpan<char> Text { get; }

    /// <summary>Number of groups; 0 if the first is too long.</summary>
    public int Count { get; private set; }

    /// <summary>The digits of a group.</summary>
    public readonly ReadOnlySpan<char> this[int group] => Text[_groups[group]];

    /// <summary>Index of the first digit of a group.</summary>
    public readonly int GetStart(int group) => _groups[group].Start.Value;

    /// <summary>Index after the last digit of a group.</summary>
    public readonly int GetEnd(int group) => _groups[group].End.Value;

    /// <summary>Returns true if a group is followed by others of these lengths.</summary>
    public readonly bool HasLengths(int first, params ReadOnlySpan<int> lengths)
    {
        if (first + lengths.Length > Count) return false;
        for (var i = 0; i < lengths.Length; i++)
            if (this[first + i].Length != lengths[i]) return false;
        return true;
    }

    /// <summary>Copies the digits of groups.</summary>
    /// <returns>Number of digits; −1 if they do not fit.</returns>
    public readonly int CopyDigits(int first, int count, Span<char> destination)
    {
        var length = 0;
        for (var i = first; i < first + count; i++)
        {
            if (length + this[i].Length > destination.Length) return -1;
            this[i].CopyTo(destination[length..]);
            length += this[i].Length;
        }
        return length;
    }

    // One separator, also after or before a bracket: ")", ") ", " (", "-(".
    private static int SkipSeparator(ReadOnlySpan<char> text, int at)
    {
        if (at < text.Length && text[at] == ')') at++;
        if (at < text.Length && Separators.Contains(text[at], StringComparison.Ordinal)) at++;
        if (at < text.Length && text[at] == '(') at++;
        return at;
    }
}
