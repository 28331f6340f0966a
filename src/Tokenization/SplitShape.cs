using System.Globalization;

namespace TurkishLlm.Tokenization;

/// <summary>What differs between split rules; <see cref="SplitScanner"/> has what they share.</summary>
internal sealed record SplitShape
{
    /// <summary>
    /// Which code points may begin a word, before its letters. It is not asked about letters, numbers, CR and LF.
    /// </summary>
    public required Predicate<int> WordPrefix { get; init; }

    /// <summary>True if combining marks after a letter belong to the word; otherwise they are not letters.</summary>
    public bool HasMarksInWords { get; init; }

    /// <summary>
    /// For a rule that knows words and separators only: the separators other than white space. All other characters are letters
    /// to it, and separators are white space. Null for rules that know categories.
    /// </summary>
    public string? Separators { get; init; }

    /// <summary>True if U+0085 (next line) is white space, as in Unicode.</summary>
    public bool HasNextLineInSpace { get; init; }

    /// <summary>Whether a word ends where a capital follows a small letter.</summary>
    public CaseHandling Case { get; init; }

    /// <summary>Maximum number of digits of a pre-token.</summary>
    public required int MaxDigits { get; init; }

    /// <summary>True if digits join the space before them.</summary>
    public bool HasSpaceBeforeDigits { get; init; }

    /// <summary>True if an apostrophe before a letter ends a run of other characters.</summary>
    public bool EndsOthersAtSuffix { get; init; }

    /// <summary>Characters that a run of other characters takes after its end, as many as follow.</summary>
    public string AfterOthers { get; init; } = "";

    /// <summary>True if a run of white space ends after its last CR or LF.</summary>
    public bool EndsSpaceAtLineEnd { get; init; }

    /// <summary>What happens to the English contractions 's, 't, 'm, 'd, 're, 've and 'll.</summary>
    public ContractionHandling Contractions { get; init; }

    /// <summary>True if ſ (U+017F) is an s in contractions, as in expressions that ignore the case of all letters.</summary>
    public bool HasLongSInContractions { get; init; }

    /// <summary>Returns the kinds of a code point.</summary>
    public CharacterKinds GetKinds(int codePoint)
    {
        var kind = GetKind(codePoint);
        var joinsWord = kind is CharacterKinds.Other or CharacterKinds.Mark or CharacterKinds.Space && WordPrefix(codePoint);
        return joinsWord ? kind | CharacterKinds.WordPrefix : kind;
    }

    private CharacterKinds GetKind(int codePoint)
    {
        var kind = GetCategory(codePoint);
        if (Separators is null) return kind;
        var separates = kind is CharacterKinds.Space or CharacterKinds.LineEnd
            || (codePoint <= char.MaxValue && Separators.Contains((char)codePoint, StringComparison.Ordinal));
        return separates ? CharacterKinds.Space : CharacterKinds.Letter;
    }

    private CharacterKinds GetMark() => Case == CaseHandling.Unicode
        ? CharacterKinds.Letter | CharacterKinds.Mark
        : HasMarksInWords ? CharacterKinds.Mark : CharacterKinds.Other;

    private CharacterKinds GetCase(int codePoint)
    {
        if (Case == CaseHandling.None || (Case == CaseHandling.Ascii && codePoint > 'z')) return 0;
        return CharUnicodeInfo.GetUnicodeCategory(codePoint) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.TitlecaseLetter => CharacterKinds.Uppercase,
            UnicodeCategory.LowercaseLetter => CharacterKinds.Lowercase,
            _ => 0,
        };
    }

    private CharacterKinds GetCategory(int codePoint) => codePoint switch
    {
        '\r' or '\n' => CharacterKinds.LineEnd,
        >= '\t' and <= '\r' => CharacterKinds.Space,
        '\u0085' => HasNextLineInSpace ? CharacterKinds.Space : CharacterKinds.Other,
        _ => CharUnicodeInfo.GetUnicodeCategory(codePoint) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => CharacterKinds.Letter | GetCase(codePoint),
            UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => GetMark(),
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber =>
                CharacterKinds.Number,
            UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator =>
                CharacterKinds.Space,
            _ => CharacterKinds.Other,
        },
    };
}
