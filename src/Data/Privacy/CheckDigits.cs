namespace TurkishLlm.Data.Privacy;

/// <summary>Check digits of numbers that identify persons, companies, accounts and cards.</summary>
/// <remarks>
/// Spec: DAT-50. Sources: rules of the Turkish population and revenue offices; ISO 13616 and ISO 7064 (IBAN); ISO/IEC 7812
/// (Luhn).
/// </remarks>
public static class CheckDigits
{
    /// <summary>Returns true for 11 digits that are a valid Turkish identity number.</summary>
    public static bool IsIdentityNumber(ReadOnlySpan<char> digits)
    {
        if (digits.Length != 11 || digits[0] == '0' || !IsDigits(digits)) return false;
        var (odd, even) = (0, 0);
        for (var i = 0; i < 9; i++)
            if (i % 2 == 0) odd += digits[i] - '0';
            else even += digits[i] - '0';
        var tenth = ((odd * 7 - even) % 10 + 10) % 10;
        return tenth == digits[9] - '0' && (odd + even + tenth) % 10 == digits[10] - '0';
    }

    /// <summary>Returns true for 10 digits that are a valid Turkish tax number.</summary>
    public static bool IsTaxNumber(ReadOnlySpan<char> digits)
    {
        if (digits.Length != 10 || !IsDigits(digits) || digits.TrimStart('0').IsEmpty) return false;
        var sum = 0;
        for (var i = 0; i < 9; i++)
        {
            var shifted = (digits[i] - '0' + 9 - i) % 10;
            var product = shifted * (1 << (9 - i)) % 9;
            sum += shifted != 0 && product == 0 ? 9 : product;
        }
        return (10 - sum % 10) % 10 == digits[9] - '0';
    }

    /// <summary>Returns true for an IBAN of Turkey: TR and 24 characters, with the remainder 1 modulo 97.</summary>
    /// <param name="iban">The IBAN without spaces; letters in either case.</param>
    public static bool IsTurkishIban(ReadOnlySpan<char> iban)
    {
        if (iban.Length != 26 || iban[0] is not ('T' or 't') || iban[1] is not ('R' or 'r')) return false;
        if (!IsDigits(iban[2..10])) return false;
        var remainder = 0;
        for (var i = 0; i < iban.Length; i++)
        {
            var c = iban[(i + 4) % iban.Length];
            if (!char.IsAsciiLetterOrDigit(c)) return false;
            remainder = char.IsAsciiDigit(c)
                ? (remainder * 10 + c - '0') % 97
                : (remainder * 100 + (c | 0x20) - 'a' + 10) % 97;
        }
        return remainder == 1;
    }

    /// <summary>Returns true for digits that end with their Luhn digit.</summary>
    public static bool HasLuhnDigit(ReadOnlySpan<char> digits)
    {
        if (digits.Length < 2 || !IsDigits(digits)) return false;
        var sum = 0;
        for (var i = 0; i < digits.Length; i++)
        {
            var digit = digits[^(i + 1)] - '0';
            if (i % 2 == 1 && (digit *= 2) > 9) digit -= 9;
            sum += digit;
        }
        return sum % 10 == 0;
    }

    private static bool IsDigits(ReadOnlySpan<char> digits) => !digits.ContainsAnyExceptInRange('0', '9');
}
