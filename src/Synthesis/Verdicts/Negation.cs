using System.Text.RegularExpressions;
using TurkishLlm.Synthesis.Documentation;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Synthesis.Verdicts;

/// <summary>
/// Finds verbs that are negated in one text and affirmed in another: <c>açılamaz</c> and <c>açılabilir</c>. Only forms that are
/// certainly negative count; <c>-me</c> also forms nouns, so forms that may be nouns are ignored.
/// </summary>
internal static partial class Negation
{
    private const int MinRootLength = 3;

    /// <summary>
    /// Returns a verb that is negated in exactly one of the texts and only affirmed in the other, or null.
    /// </summary>
    public static string? FindDifference(string claim, string source)
    {
        var (denied, affirmed) = ExtractVerbs(claim);
        var (deniedThere, affirmedThere) = ExtractVerbs(source);
        // "Alınamaz: yalnızca onaylı makara alınabilir" contains both forms, so it is consistent.
        var both = denied.FindAll(root => affirmed.Exists(verb => IsSameVerb(root, verb)));
        denied.RemoveAll(both.Contains);
        affirmed.RemoveAll(verb => both.Exists(root => IsSameVerb(root, verb)));
        return denied.FirstOrDefault(root =>
            affirmedThere.Exists(verb => IsSameVerb(root, verb)) && !deniedThere.Exists(other => IsSameVerb(root, other)))
            ?? affirmed.FirstOrDefault(verb =>
                deniedThere.Exists(root => IsSameVerb(root, verb)) && !affirmedThere.Exists(other => IsSameVerb(other, verb)));
    }

    private static (List<string> Denied, List<string> Affirmed) ExtractVerbs(string text)
    {
        List<string> denied = [], affirmed = [];
        string[] words = [.. Words.Split(text).Select(TurkishCase.ToLower)];
        for (var i = 0; i < words.Length; i++)
        {
            var word = words[i];
            // a question, not a statement
            if (i + 1 < words.Length && words[i + 1] is ("mı" or "mi" or "mu" or "mü")) continue;
            // existence; the subject is unknown
            if (word.StartsWith("bulun", StringComparison.Ordinal) || word.StartsWith("ol", StringComparison.Ordinal)) continue;
            if (NegativeRegex().Match(word) is { Success: true } negative) denied.Add(negative.Groups[1].Value);
            else if (PositiveRegex().Match(word) is { Success: true } positive) affirmed.Add(positive.Groups[1].Value);
        }
        return (denied, affirmed);
    }

    // Vowels and softened consonants at the end of a root vary: gid-er, git-mez; et-mez, ed-er.
    private static bool IsSameVerb(string a, string b)
    {
        var length = Math.Min(a.Length, b.Length);
        return length >= MinRootLength
            && Math.Abs(a.Length - b.Length) <= 1
            && Stemmer.GetStem(a[..length]) == Stemmer.GetStem(b[..length]);
    }

    [GeneratedRegex(
        @"^(\p{L}{2,}?)(?:y?[ae])?m(?:[ae]z(?:l[ae]r|s[ae])?|[ae]d[ıi](?:l[ae]r|ys[ae])?|[ıiuü]yor(?:l[ae]r|s[ae])?|"
            + @"[ae]m[ıi]ş\p{L}*|[ae]y[ae]n(?:l[ae]r)?\p{L}*|[ae]y[ae]c[ae](?:k|ğ)\p{L}*|[ae]m[ae]l[ıi]\p{L}*)$"
    )]
    private static partial Regex NegativeRegex();

    [GeneratedRegex(
        @"^(\p{L}{2,}?)(?:(?:[ıiuü]|[ae])?r|y?[ae]bil(?:ir|en|ec[ae]k|iyor)|[ıiuü]yor|[dt][ıiuü]|m[ae]l[ıi]|y?[ae]c[ae]k)"
            + @"(?:l[ae]r)?(?:d[ıiuü]r|s[ae])?$"
    )]
    private static partial Regex PositiveRegex();
}
