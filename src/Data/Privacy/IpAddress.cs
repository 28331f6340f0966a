namespace TurkishLlm.Data.Privacy;

/// <summary>Recognizes IPv4 addresses.</summary>
internal static class IpAddress
{
    /// <returns>The end of the address that begins with these groups; <paramref name="start"/> for none.</returns>
    public static int FindEnd(DigitGroups groups, int start)
    {
        if (groups.Count < 4) return start;
        for (var i = 0; i < 4; i++)
        {
            var part = groups[i];
            if (part.Length > 3 || int.Parse(part, System.Globalization.CultureInfo.InvariantCulture) > 255) return start;
            if (part.Length > 1 && part[0] == '0') return start;
            if (i > 0 && groups.Text[groups.GetEnd(i - 1)..groups.GetStart(i)] is not ".") return start;
        }
        var end = groups.GetEnd(3);
        return TextBoundary.IsEnd(groups.Text, end) || (end < groups.Text.Length && groups.Text[end] is ':' or '/') ? end : start;
    }
}
