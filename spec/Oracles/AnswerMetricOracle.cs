namespace TurkishLlm.Spec.Oracles;

/// <summary>Answer metrics by their definitions, by exhaustive search.</summary>
public static class AnswerMetricOracle
{
    /// <summary>F1 of words, repetitions counted.</summary>
    public static double F1(string[] given, string[] right) =>
        HarmonicMean(
            given
                .Distinct(StringComparer.Ordinal)
                .Sum(word => Math.Min(given.Count(w => w == word), right.Count(w => w == word))),
            given.Length, right.Length);

    /// <summary>F1 of the longest common subsequence, by trying both ways at every word.</summary>
    public static double RougeL(string[] given, string[] right) =>
        HarmonicMean(LongestCommonSubsequence(given, right), given.Length, right.Length);

    /// <summary>chrF of texts without white space.</summary>
    public static double CharacterF(string given, string right)
    {
        var scores = Enumerable.Range(1, 6).Where(n => given.Length >= n && right.Length >= n).Select(n =>
        {
            var (a, b) = (CharacterNGrams(given, n), CharacterNGrams(right, n));
            var shared = a.Distinct(StringComparer.Ordinal).Sum(run => Math.Min(a.Count(r => r == run), b.Count(r => r == run)));
            return (Precision: (double)shared / a.Length, Recall: (double)shared / b.Length);
        }).ToArray();
        var (precision, recall) = (scores.Average(s => s.Precision), scores.Average(s => s.Recall));
        return precision + recall == 0 ? 0 : 5 * precision * recall / (4 * precision + recall);
    }

    /// <summary>Share of all selections of k samples in which one is right.</summary>
    public static double PassAt(int samples, int right, int k)
    {
        var selections = Enumerable
            .Range(0, 1 << samples)
            .Where(set => System.Numerics.BitOperations.PopCount((uint)set) == k)
            .ToArray();
        return (double)selections.Count(set => (set & ((1 << right) - 1)) != 0) / selections.Length;
    }

    /// <summary>Lists all values of a statistic over resamples with replacement, each as often as it can occur.</summary>
    public static double[] ResampledStatistics(int rows, Func<int[], double> statistic) =>
        [
            .. Enumerable
                .Range(0, (int)Math.Pow(rows, rows))
                .Select(number =>
                    statistic([.. Enumerable.Range(0, rows).Select(place => number / (int)Math.Pow(rows, place) % rows)])),
        ];

    private static int LongestCommonSubsequence(ReadOnlySpan<string> a, ReadOnlySpan<string> b) =>
        a.IsEmpty || b.IsEmpty ? 0
        : a[0] == b[0] ? 1 + LongestCommonSubsequence(a[1..], b[1..])
        : Math.Max(LongestCommonSubsequence(a[1..], b), LongestCommonSubsequence(a, b[1..]));

    private static string[] CharacterNGrams(string text, int n) =>
        [.. Enumerable.Range(0, text.Length - n + 1).Select(i => text.Substring(i, n))];

    private static double HarmonicMean(int shared, int given, int right) =>
        given + right == 0 ? 1 : 2.0 * shared / (given + right);
}
