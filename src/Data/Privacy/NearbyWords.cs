namespace TurkishLlm.Data.Privacy;

/// <summary>Words before a number that say what the number is.</summary>
internal static class NearbyWords
{
    private const int Reach = 40;

    private static readonly string[] Tax = ["vergi", "vkn", "v.k.n", "mükellef", "tax"];

    private static readonly string[] Phone =
        ["tel", "gsm", "cep", "faks", "fax", "whatsapp", "mobil", "phone", "iletişim", "ara:", "dahili"];

    /// <summary>Returns true if a word about taxes is shortly before an index.</summary>
    public static bool SayTax(ReadOnlySpan<char> text, int at) => Contains(text, at, Tax);

    /// <summary>Returns true if a word about telephones is shortly before an index.</summary>
    public static bool SayPhone(ReadOnlySpan<char> text, int at) => Contains(text, at, Phone);

    private static bool Contains(ReadOnlySpan<char> text, int at, string[] words)
    {
        var from = Math.Max(0, at - Reach);
        Span<char> lower = stackalloc char[at - from];
        for (var i = from; i < at; i++)
            lower[i - from] = text[i] switch { 'I' => 'ı', 'İ' => 'i', var c => char.ToLowerInvariant(c) };
        foreach (var word in words)
            for (var start = 0; lower[start..].IndexOf(word) is >= 0 and var found; start += found + 1)
                if (start + found == 0 ? from == 0 || !char.IsLetter(text[from - 1]) : !char.IsLetter(lower[start + found - 1]))
                    return true;
        return false;
    }
}
