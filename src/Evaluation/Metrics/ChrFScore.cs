using TurkishLlm.Tokenization;

namespace TurkishLlm.Evaluation.Metrics;

/// <summary>chrF: overlap of character n-grams, n = 1 … 6. Suited to languages with many suffixes.</summary>
/// <remarks>
/// White space is ignored; case and punctuation are not; characters are those of <see cref="ComparableText"/>. Recall has the
/// weight β = 2. Lengths for which one of the texts is too short are skipped. Spec: EVL-15. Source: Popović 2015, "chrF:
/// character n-gram F-score", WMT; the details as in sacreBLEU.
/// </remarks>
public static class ChrFScore
{
    private const int Longest = 6;
    private const double Beta = 2;

    /// <returns>0 … 1.</returns>
    public static double Compute(string answer, string reference)
    {
        var (given, right) = (Characters(answer), Characters(reference));
        var (precision, recall, lengths) = (0.0, 0.0, 0);
        for (var n = 1; n <= Math.Min(Longest, Math.Min(given.Length, right.Length)); n++, lengths++)
        {
            var left = Runs(right, n).CountBy(run => run, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
            var shared = Runs(given, n).Count(run => left.TryGetValue(run, out var more) && (left[run] = more - 1) >= 0);
            precision += (double)shared / (given.Length - n + 1);
            recall += (double)shared / (right.Length - n + 1);
        }
        if (lengths == 0) return given.Length == right.Length ? 1 : 0;
        (precision, recall) = (precision / lengths, recall / lengths);
        return precision + recall == 0 ? 0 : (1 + Beta * Beta) * precision * recall / (Beta * Beta * precision + recall);
    }

    private static string[] Characters(string text) =>
        [
            .. ComparableText
                .Create(text)
                .EnumerateRunes()
                .Where(rune => !System.Text.Rune.IsWhiteSpace(rune))
                .Select(rune => rune.ToString()),
        ];

    private static IEnumerable<string> Runs(string[] characters, int n) =>
        Enumerable.Range(0, characters.Length - n + 1).Select(i => string.Concat(characters.AsSpan(i, n)));
}
