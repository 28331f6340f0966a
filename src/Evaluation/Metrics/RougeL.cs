using TurkishLlm.Data.Corpus;

namespace TurkishLlm.Evaluation.Metrics;

/// <summary>ROUGE-L: longest common subsequence of the words of two texts.</summary>
/// <remarks>
/// Spec: EVL-15. Source: Lin 2004, "ROUGE: A Package for Automatic Evaluation of Summaries", section 3.1, with β = 1; words as in
/// <see cref="TurkishWords"/>.
/// </remarks>
public static class RougeL
{
    /// <returns>F1 of the subsequence, 0 … 1; 1 if neither text has words.</returns>
    public static double Compute(string answer, string reference)
    {
        var (given, right) = (TurkishWords.Split(answer), TurkishWords.Split(reference));
        return WordOverlap.GetHarmonicMean(LongestCommonSubsequence(given, right), given.Count, right.Count);
    }

    private static int LongestCommonSubsequence(IReadOnlyList<string> a, IReadOnlyList<string> b)
    {
        var row = new int[b.Count + 1];
        foreach (var word in a)
            for (var (j, diagonal) = (1, 0); j <= b.Count; j++)
                (diagonal, row[j]) = (
                    row[j],
                    string.Equals(word, b[j - 1], StringComparison.Ordinal) ? diagonal + 1 : Math.Max(row[j], row[j - 1]));
        return row[^1];
    }
}
