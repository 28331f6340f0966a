namespace TurkishLlm.Data.Privacy;

/// <summary>Recognizes numbers of payment cards by length, issuer and Luhn digit.</summary>
internal static class PaymentCard
{
    /// <returns>Number of groups of the card number at the beginning; 0 for none.</returns>
    public static int CountGroups(DigitGroups groups)
    {
        var count = groups[0].Length >= 13 ? 1
            : groups.HasLengths(0, 4, 4, 4, 4) ? 4
            : groups.HasLengths(0, 4, 6, 5) ? 3
            : 0;
        if (count == 0) return 0;
        Span<char> digits = stackalloc char[DigitGroups.MaxDigits];
        var length = groups.CopyDigits(0, count, digits);
        return length > 0 && IsIssued(digits[..length]) && CheckDigits.HasLuhnDigit(digits[..length]) ? count : 0;
    }

    // Visa, Mastercard, American Express, Troy, Discover and Maestro.
    private static bool IsIssued(ReadOnlySpan<char> digits)
    {
        var four = int.Parse(digits[..4], System.Globalization.CultureInfo.InvariantCulture);
        return digits.Length switch
        {
            13 or 19 => digits[0] == '4',
            15 => four / 100 is 34 or 37,
            16 => digits[0] == '4' || four / 100 is >= 51 and <= 55 or 65 || four is >= 2221 and <= 2720 or 9792 or 6011 or 6759,
            _ => false,
        };
    }
}
