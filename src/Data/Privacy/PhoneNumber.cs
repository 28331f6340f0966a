namespace TurkishLlm.Data.Privacy;

/// <summary>
/// Recognizes telephone numbers: Turkish ones in their usual spellings, and others with a plus sign.
/// </summary>
/// <remarks>
/// Ten digits alone could be any number. So a number needs one of: the prefix +90 or 0090; the trunk 0 with a mobile prefix, or
/// with an area code and separated groups; an operator's prefix in groups of 3, 3, 2 and 2; an area code in brackets; or a word
/// such as "tel" before it.
/// </remarks>
internal static class PhoneNumber
{
    private const int NationalDigits = 10, MaxInternationalDigits = 15;

    /// <param name="groups">The groups of digits.</param>
    /// <param name="start">Index of the plus sign or the bracket before the digits, or of the first digit.</param>
    /// <returns>Number of groups of the telephone number at the beginning; 0 for none.</returns>
    public static int CountGroups(DigitGroups groups, int start)
    {
        var text = groups.Text;
        var prefix = text[start..groups.GetStart(0)];
        var hasPlus = prefix.Contains('+');
        var (first, skipped, hasCountry) = SkipCountry(groups, hasPlus);
        if (hasPlus && !hasCountry) return CountInternational(groups);
        if (first == groups.Count) return 0;

        var hasTrunk = groups[first][skipped..] is ['0', ..] and not "0";
        if (hasTrunk) skipped++;
        else if (groups[first][skipped..] is "0") (first, skipped, hasTrunk) = (first + 1, 0, true);
        var count = CountNational(groups, first, skipped);
        if (count == 0) return 0;

        Span<char> digits = stackalloc char[DigitGroups.MaxDigits];
        var length = groups.CopyDigits(first, count, digits);
        var number = digits[skipped..length];
        if (number.Length != NationalDigits) return 0;
        var isSure = hasCountry || (hasTrunk
            ? IsMobile(number) || (IsLandline(number) && count > 1)
            : (IsOperator(number) && count == 4) || (IsLandline(number) && prefix.Contains('(') && count > 1));
        return (IsMobile(number) || IsLandline(number)) && (isSure || NearbyWords.SayPhone(text, start)) ? first + count : 0;
    }

    // Groups and digits of the country code.
    private static (int Groups, int Digits, bool Found) SkipCountry(DigitGroups groups, bool hasPlus)
    {
        var first = groups[0];
        if (first is "0090" || (hasPlus && first is "90")) return (1, 0, true);
        if (first is ['0', '0', '9', '0', ..] && first.Length == 14) return (0, 4, true);
        if (first is ['9', '0', ..] && first.Length == 12 && (hasPlus || NearbyWords.SayPhone(groups.Text, groups.GetStart(0))))
            return (0, 2, true);
        if (hasPlus && first is ['9', '0', ..] && first.Length == 5) return (0, 2, true);
        return first is "90" && groups.HasLengths(1, 3, 3, 2, 2) && groups[1][0] == '5' ? (1, 0, true) : (0, 0, false);
    }

    // Of the ten digits after the trunk 0.
    private static int CountNational(DigitGroups groups, int first, int skipped)
    {
        if (first >= groups.Count) return 0;
        var length = groups[first].Length - skipped;
        if (length == NationalDigits) return 1;
        if (length != 3) return 0;
        if (groups.HasLengths(first + 1, 3, 2, 2)) return 4;
        if (groups.HasLengths(first + 1, 3, 4) || groups.HasLengths(first + 1, 4, 3)) return 3;
        return groups.HasLengths(first + 1, 7) ? 2 : 0;
    }

    private static int CountInternational(DigitGroups groups)
    {
        var (count, digits) = (0, 0);
        while (count < groups.Count && digits + groups[count].Length <= MaxInternationalDigits) digits += groups[count++].Length;
        return digits >= NationalDigits && groups[0][0] != '0' ? count : 0;
    }

    private static bool IsMobile(ReadOnlySpan<char> number) => number is ['5', >= '0' and <= '6', ..];

    // Prefixes in use, for numbers without a trunk 0.
    private static bool IsOperator(ReadOnlySpan<char> number) => number switch
    {
        ['5', '0', '1' or '5' or '6' or '7', ..] => true,
        ['5', '3' or '4', ..] => true,
        ['5', '5', '1' or '2' or '3' or '4' or '5' or '9', ..] => true,
        ['5', '6', '1', ..] => true,
        _ => false,
    };

    // The third digit of every area code is even.
    private static bool IsLandline(ReadOnlySpan<char> number) =>
        number is ['8', '5', '0', ..]
        || (number is [>= '2' and <= '4', >= '1' and <= '9', _, not '0', ..] && (number[2] - '0') % 2 == 0);
}
