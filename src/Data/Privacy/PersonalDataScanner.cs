using System.Buffers;

namespace TurkishLlm.Data.Privacy;

/// <summary>Finds personal data in a text, in one pass.</summary>
/// <remarks>
/// Numbers count only if no word or number continues them and their check digits are right; a tax number also needs a word about
/// taxes before it, because one number of ten digits in ten has a right check digit. So dates, versions, laws and invoice numbers
/// are not found. A suffix after an apostrophe is not part of a finding. Time is linear in the length of the text: no regular
/// expressions, and every look ahead or back is bounded. Thread-safe. Spec: DAT-51, DAT-52.
/// </remarks>
public static class PersonalDataScanner
{
    private static readonly SearchValues<char> Triggers = SearchValues.Create("@Tt+(0123456789");

    /// <summary>Finds all personal data of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="findIpAddresses">True to find IPv4 addresses as well, which look like versions of four parts.</param>
    /// <returns>The findings in order; they do not overlap.</returns>
    public static IReadOnlyList<PersonalDataSpan> Find(ReadOnlySpan<char> text, bool findIpAddresses = false)
    {
        List<PersonalDataSpan> found = [];
        var afterEmail = 0;
        for (var at = 0; text[at..].IndexOfAny(Triggers) is >= 0 and var skipped;)
        {
            at += skipped;
            at = text[at] switch
            {
                '@' => AddEmail(text, at, ref afterEmail, found),
                'T' or 't' => AddIban(text, at, found),
                _ => AddNumber(text, at, findIpAddresses, found),
            };
        }
        return found;
    }

    private static int AddEmail(ReadOnlySpan<char> text, int at, ref int from, List<PersonalDataSpan> found)
    {
        var (start, end) = EmailAddress.Find(text, at, from);
        if (start == end) return at + 1;
        // Digits before the at sign may have been taken for a number.
        while (found.Count > 0 && found[^1].End > start) found.RemoveAt(found.Count - 1);
        found.Add(new(start, end - start, PersonalDataKind.Email));
        return from = end;
    }

    private static int AddIban(ReadOnlySpan<char> text, int at, List<PersonalDataSpan> found)
    {
        if (at + 1 >= text.Length || text[at + 1] is not ('R' or 'r')) return at + 1;
        var end = Iban.FindEnd(text, at);
        if (end == at) return at + 2;
        found.Add(new(at, end - at, PersonalDataKind.Iban));
        return end;
    }

    // Begins at a digit, or at the plus sign or bracket of a telephone number.
    private static int AddNumber(ReadOnlySpan<char> text, int at, bool findIpAddresses, List<PersonalDataSpan> found)
    {
        var first = at;
        while (first < text.Length && first - at < 2 && text[first] is '+' or '(') first++;
        if (first == text.Length || !char.IsAsciiDigit(text[first])) return at + 1;
        var end = first;
        while (end < text.Length && char.IsAsciiDigit(text[end])) end++;

        Span<Range> buffer = stackalloc Range[DigitGroups.MaxGroups];
        var groups = new DigitGroups(text, first, buffer);
        if (groups.Count == 0) return end;
        if ((FindNumber(groups, findIpAddresses) ?? FindPhone(groups, at)) is not { } span) return end;
        found.Add(span);
        return span.End;
    }

    private static PersonalDataSpan? FindNumber(DigitGroups groups, bool findIpAddresses)
    {
        var text = groups.Text;
        var start = groups.GetStart(0);
        if (!TextBoundary.IsStart(text, start)) return null;
        if (CheckDigits.IsIdentityNumber(groups[0]) && TextBoundary.IsEnd(text, groups.GetEnd(0)))
            return new(start, groups[0].Length, PersonalDataKind.IdentityNumber);
        if (PaymentCard.CountGroups(groups) is > 0 and var card && TextBoundary.IsEnd(text, groups.GetEnd(card - 1)))
            return new(start, groups.GetEnd(card - 1) - start, PersonalDataKind.PaymentCard);
        if (CountTaxGroups(groups) is > 0 and var tax && TextBoundary.IsEnd(text, groups.GetEnd(tax - 1)))
            return new(start, groups.GetEnd(tax - 1) - start, PersonalDataKind.TaxNumber);
        return findIpAddresses && IpAddress.FindEnd(groups, start) is var end && end > start
            ? new(start, end - start, PersonalDataKind.IpAddress)
            : null;
    }

    // Extensions follow a number: 0212 555 01 23-24, 0212 555 01 23/120.
    private static PersonalDataSpan? FindPhone(DigitGroups groups, int start)
    {
        if (!TextBoundary.IsStart(groups.Text, start)) return null;
        var count = PhoneNumber.CountGroups(groups, start);
        if (count == 0) return null;
        var end = groups.GetEnd(count - 1);
        return TextBoundary.IsEnd(groups.Text, end) || groups.Text[end] is '-' or '/'
            ? new(start, end - start, PersonalDataKind.Phone)
            : null;
    }

    private static int CountTaxGroups(DigitGroups groups)
    {
        var count = groups[0].Length == 10 ? 1 : groups.HasLengths(0, 3, 3, 4) ? 3 : 0;
        if (count == 0) return 0;
        Span<char> digits = stackalloc char[10];
        groups.CopyDigits(0, count, digits);
        return CheckDigits.IsTaxNumber(digits) && NearbyWords.SayTax(groups.Text, groups.GetStart(0)) ? count : 0;
    }
}
