using static TurkishLlm.Tokenization.CharacterKinds;

namespace TurkishLlm.Tokenization;

/// <summary>
/// Finds pre-tokens by one pass over the characters, without allocating. All split rules have this structure: words with an
/// optional character before them, digits, runs of other characters, white space. The rest is <see cref="SplitShape"/>.
/// </summary>
/// <remarks>Spec: TOK-10, TOK-40.</remarks>
internal sealed class SplitScanner
{
    private readonly SplitShape _shape;
    private readonly CharacterKinds[] _kinds;

    public SplitScanner(SplitShape shape)
    {
        _shape = shape;
        _kinds =
        [
            .. Enumerable.Range(0, 0x10000).Select(c => char.IsHighSurrogate((char)c) ? HighSurrogate : shape.GetKinds(c)),
        ];
    }

    /// <summary>Returns the length of the first pre-token of a text, in characters; 0 for an empty text.</summary>
    public int GetFirstLength(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty) return 0;
        var first = GetKindsAt(text, 0, out var width);
        if ((first & Letter) != 0) return FindWordEnd(text, 0, width);
        if (text[0] == '\'' && FindContractionEnd(text, 0) is var contraction and > 0) return contraction;
        if (width < text.Length && (first & (WordPrefix | Space)) != 0)
        {
            var second = GetKindsAt(text, width, out var secondWidth);
            if ((second & Letter) != 0 && (first & WordPrefix) != 0) return FindWordEnd(text, width, secondWidth);
            if (text[0] == ' ')
            {
                if ((second & Number) != 0 && _shape.HasSpaceBeforeDigits) return FindDigitsEnd(text, 1 + secondWidth);
                if ((second & (Other | Mark)) != 0) return FindOthersEnd(text, 1 + secondWidth);
            }
        }
        if ((first & Number) != 0) return FindDigitsEnd(text, width);
        return (first & (Space | LineEnd)) != 0 ? FindSpaceEnd(text) : FindOthersEnd(text, width);
    }

    private int FindWordEnd(ReadOnlySpan<char> text, int start, int width)
    {
        var end = _shape.Case != CaseHandling.None ? FindCasedEnd(text, start) : FindLettersEnd(text, start + width);
        return _shape.Contractions == ContractionHandling.Attaches ? end + GetContractionLength(text, end) : end;
    }

    private int FindLettersEnd(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length && (GetKindsAt(text, at, out var width) & (Letter | Mark)) != 0) at += width;
        return at;
    }

    // Letters that are not small, then letters that are not capitals, at least one of the latter; without one, letters that are
    // not small only. Letters without a case are in both, so capitals followed by no small letter end after the last of these.
    private int FindCasedEnd(ReadOnlySpan<char> text, int start)
    {
        var (at, afterUncased) = (start, 0);
        while (at < text.Length && GetKindsAt(text, at, out var width) is var kinds && (kinds & (Letter | Lowercase)) == Letter)
        {
            at += width;
            if ((kinds & Uppercase) == 0) afterUncased = at;
        }
        if (at == text.Length || (GetKindsAt(text, at, out _) & Lowercase) == 0) return afterUncased > 0 ? afterUncased : at;
        while (at < text.Length && (GetKindsAt(text, at, out var width) & (Letter | Uppercase)) == Letter) at += width;
        return at;
    }

    private int FindDigitsEnd(ReadOnlySpan<char> text, int at)
    {
        for (var digits = 1; digits < _shape.MaxDigits && at < text.Length; digits++)
        {
            if ((GetKindsAt(text, at, out var width) & Number) == 0) break;
            at += width;
        }
        return at;
    }

    private int FindOthersEnd(ReadOnlySpan<char> text, int at)
    {
        for (; at < text.Length && (GetKindsAt(text, at, out var width) & (Other | Mark)) != 0; at += width)
            if (_shape.EndsOthersAtSuffix && IsSuffixStart(text, at)) return at;
        if (_shape.AfterOthers.Length == 0) return at;
        while (at < text.Length && _shape.AfterOthers.Contains(text[at], StringComparison.Ordinal)) at++;
        return at;
    }

    private int FindSpaceEnd(ReadOnlySpan<char> text)
    {
        var (at, afterLineEnd) = (0, 0);
        for (; at < text.Length && (_kinds[text[at]] & (Space | LineEnd)) != 0; at++)
            if (_kinds[text[at]] == LineEnd) afterLineEnd = at + 1;
        if (afterLineEnd > 0 && _shape.EndsSpaceAtLineEnd) return afterLineEnd;
        var keepsLast = _shape.Separators is not null && text[at - 1] != ' ';
        return at == text.Length || at == 1 || keepsLast ? at : at - 1;
    }

    private int FindContractionEnd(ReadOnlySpan<char> text, int at) =>
        _shape.Contractions is ContractionHandling.Separates or ContractionHandling.SeparatesLowerCase
            ? GetContractionLength(text, at)
            : 0;

    private int GetContractionLength(ReadOnlySpan<char> text, int at)
    {
        if (at + 1 >= text.Length || text[at] != '\'') return 0;
        var toLower = _shape.Contractions == ContractionHandling.SeparatesLowerCase ? 0 : 0x20;
        var first = (char)(text[at + 1] | toLower);
        if (first is 's' or 't' or 'm' or 'd' || (text[at + 1] == 'ſ' && _shape.HasLongSInContractions)) return 2;
        var second = at + 2 < text.Length ? (char)(text[at + 2] | toLower) : '\0';
        return (first, second) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 3 : 0;
    }

    private bool IsSuffixStart(ReadOnlySpan<char> text, int at) =>
        text[at] is '\'' or '’' && at + 1 < text.Length && (GetKindsAt(text, at + 1, out _) & Letter) != 0;

    private CharacterKinds GetKindsAt(ReadOnlySpan<char> text, int at, out int width)
    {
        var kinds = _kinds[text[at]];
        width = 1;
        return kinds == HighSurrogate ? GetKindsOfPair(text, at, out width) : kinds;
    }

    private CharacterKinds GetKindsOfPair(ReadOnlySpan<char> text, int at, out int width)
    {
        var paired = at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]);
        width = paired ? 2 : 1;
        return _shape.GetKinds(paired ? char.ConvertToUtf32(text[at], text[at + 1]) : 0xFFFD);
    }
}
