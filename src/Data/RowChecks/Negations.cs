namespace TurkishLlm.Data.RowChecks;

/// <summary>Compares how often two answers negate.</summary>
internal static class Negations
{
    // Endings of verbs that are certainly negative; -me also forms nouns.
    private static readonly string[] Endings =
    [
        "maz", "mez", "mazlar", "mezler", "mıyor", "miyor", "muyor", "müyor", "mıyorlar", "miyorlar", "mamalı", "memeli",
        "mamalıdır", "memelidir", "mayın", "meyin", "mayınız", "meyiniz", "mamıştır", "memiştir", "madı", "medi",
    ];

    private static readonly string[] Words = ["değil", "değildir", "yok", "yoktur", "hayır"];

    /// <summary>Returns true if two texts have the same number of negations.</summary>
    /// <param name="a">Words in lower case, separated by spaces.</param>
    /// <param name="b">Words in lower case, separated by spaces.</param>
    public static bool AreEqual(string a, string b) => Count(a) == Count(b);

    /// <summary>Returns true if one text opens with yes and the other with no.</summary>
    /// <inheritdoc cref="AreEqual"/>
    public static bool OpenDifferently(string a, string b) =>
        (Opens(a, "evet") && Opens(b, "hayır")) || (Opens(a, "hayır") && Opens(b, "evet"));

    private static bool Opens(string text, string word) =>
        text.StartsWith(word, StringComparison.Ordinal) && (text.Length == word.Length || text[word.Length] == ' ');

    private static int Count(string text)
    {
        var count = 0;
        foreach (var range in text.AsSpan().Split(' '))
            if (IsNegative(text.AsSpan(range))) count++;
        return count;
    }

    private static bool IsNegative(ReadOnlySpan<char> word)
    {
        foreach (var negative in Words)
            if (word.SequenceEqual(negative)) return true;
        foreach (var ending in Endings)
            if (word.Length > ending.Length + 1 && word.EndsWith(ending, StringComparison.Ordinal)) return true;
        return false;
    }
}
