using System.Globalization;

namespace TurkishLlm.Tokenization;

/// <summary>
/// Splits text into pre-tokens. Merges apply only within a pre-token, and every character belongs to exactly one of them:
/// <list type="bullet">
/// <item>Letters with their combining marks, with one preceding space if there is one: <c>" kitap"</c>.</item>
/// <item>An apostrophe (' or ’) with the letters after it, so a suffix is one pre-token: <c>Ankara'da</c> is <c>Ankara</c>,
/// <c>'da</c>.</item>
/// <item>Up to three digits, with one preceding space if there is one.</item>
/// <item>A run of anything else, with one preceding space if there is one. The run ends before an apostrophe that begins a
/// suffix.</item>
/// <item>White space up to the last line end of its run; then the rest of the run except its last character, which joins the
/// next pre-token if it is a space.</item>
/// </list>
/// </summary>
/// <remarks>
/// <see cref="Pattern"/> states the rule for other tools; this class applies it with a scanner. Character classes are those of
/// code points, from the Unicode tables of .NET, independent of the culture. A lone surrogate counts as "anything else", like
/// U+FFFD. A regular expression over UTF-16, such as .NET's, sees a letter beyond U+FFFF as two surrogates; the pattern must be
/// applied to code points, as other tokenizer libraries do. Spec: TOK-10, TOK-19.
/// </remarks>
public static class PreTokenizer
{
    /// <summary>
    /// The rule as a regular expression, as written to <c>tokenizer.json</c>. White space is spelled as a range and a category
    /// because engines disagree about <c>\s</c>.
    /// </summary>
    public const string Pattern =
        @"['’]\p{L}[\p{L}\p{M}]*" +
        @"| ?\p{L}[\p{L}\p{M}]*" +
        @"| ?\p{N}{1,3}" +
        @"| ?[^\t-\r\p{Z}\p{L}\p{N}](?:(?!['’]\p{L})[^\t-\r\p{Z}\p{L}\p{N}])*" +
        @"|[\t-\r\p{Z}]*[\r\n]+" +
        @"|[\t-\r\p{Z}]+(?![^\t-\r\p{Z}])" +
        @"|[\t-\r\p{Z}]+";

    private enum Kind : byte { Other, Mark, Letter, Number, Space, LineEnd, HighSurrogate }

    private static readonly Kind[] Kinds =
    [
        .. Enumerable.Range(0, 0x10000).Select(c => char.IsHighSurrogate((char)c) ? Kind.HighSurrogate : GetKind(c)),
    ];

    /// <summary>Splits a text into pre-tokens, in order. Their concatenation is the text.</summary>
    public static PreTokenEnumerator Split(ReadOnlySpan<char> text) => new(text);

    /// <summary>Returns the length of the first pre-token of a text, in characters; 0 for an empty text.</summary>
    public static int GetFirstPreTokenLength(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty) return 0;
        var first = GetKindAt(text, 0, out var width);
        if (first == Kind.Letter) return FindLettersEnd(text, width);
        if (text[0] == ' ' && text.Length > 1)
        {
            var second = GetKindAt(text, 1, out width);
            if (second == Kind.Letter) return FindLettersEnd(text, 1 + width);
            if (second == Kind.Number) return FindNumbersEnd(text, 1 + width);
            if (second is Kind.Other or Kind.Mark) return FindOthersEnd(text, 1 + width);
        }
        return first switch
        {
            Kind.Number => FindNumbersEnd(text, width),
            Kind.Space or Kind.LineEnd => FindWhiteSpaceEnd(text),
            _ => IsSuffixStart(text, 0) ? FindLettersEnd(text, 1) : FindOthersEnd(text, width),
        };
    }

    private static int FindLettersEnd(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length && GetKindAt(text, at, out var width) is Kind.Letter or Kind.Mark) at += width;
        return at;
    }

    private static int FindNumbersEnd(ReadOnlySpan<char> text, int at)
    {
        for (var digits = 1; digits < 3 && at < text.Length && GetKindAt(text, at, out var width) == Kind.Number; digits++)
            at += width;
        return at;
    }

    private static int FindOthersEnd(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length && GetKindAt(text, at, out var width) is Kind.Other or Kind.Mark && !IsSuffixStart(text, at))
            at += width;
        return at;
    }

    private static int FindWhiteSpaceEnd(ReadOnlySpan<char> text)
    {
        var (at, afterLineEnd) = (0, 0);
        for (; at < text.Length && Kinds[text[at]] is Kind.Space or Kind.LineEnd; at++)
            if (Kinds[text[at]] == Kind.LineEnd) afterLineEnd = at + 1;
        if (afterLineEnd > 0) return afterLineEnd;
        return at == text.Length || at == 1 ? at : at - 1;
    }

    private static bool IsSuffixStart(ReadOnlySpan<char> text, int at) =>
        text[at] is '\'' or '’' && at + 1 < text.Length && GetKindAt(text, at + 1, out _) == Kind.Letter;

    private static Kind GetKindAt(ReadOnlySpan<char> text, int at, out int width)
    {
        var kind = Kinds[text[at]];
        width = 1;
        return kind == Kind.HighSurrogate ? GetKindOfPair(text, at, out width) : kind;
    }

    private static Kind GetKindOfPair(ReadOnlySpan<char> text, int at, out int width)
    {
        var paired = at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]);
        width = paired ? 2 : 1;
        return paired ? GetKind(char.ConvertToUtf32(text[at], text[at + 1])) : Kind.Other;
    }

    private static Kind GetKind(int codePoint) => codePoint switch
    {
        '\r' or '\n' => Kind.LineEnd,
        >= '\t' and <= '\r' => Kind.Space,
        _ => CharUnicodeInfo.GetUnicodeCategory(codePoint) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => Kind.Letter,
            UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => Kind.Mark,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Number,
            UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => Kind.Space,
            _ => Kind.Other,
        },
    };

    /// <summary>Enumerates pre-tokens without allocating.</summary>
    public ref struct PreTokenEnumerator
    {
        private readonly ReadOnlySpan<char> _text;
        private int _start, _end;

        internal PreTokenEnumerator(ReadOnlySpan<char> text) => _text = text;

        /// <summary>The current pre-token.</summary>
        public readonly ReadOnlySpan<char> Current => _text[_start.._end];

        /// <summary>Index of the current pre-token in the text, in characters.</summary>
        public readonly int Start => _start;

        /// <summary>Returns this enumerator, for <c>foreach</c>.</summary>
        public readonly PreTokenEnumerator GetEnumerator() => this;

        /// <summary>Advances to the next pre-token.</summary>
        public bool MoveNext()
        {
            _start = _end;
            _end += GetFirstPreTokenLength(_text[_start..]);
            return _end > _start;
        }
    }
}
