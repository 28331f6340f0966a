using TurkishLlm.Data.Corpus;

namespace TurkishLlm.Evaluation.Metrics;

/// <summary>Compares the words of an answer with those of a reference; words as in <see cref="TurkishWords"/>.</summary>
/// <remarks>Spec: EVL-11, EVL-15. Source: Rajpurkar et al. 2016, arXiv:1606.05250, section 6.1.</remarks>
public static class WordOverlap
{
    /// <summary>Returns true if the words are equal and in the same order.</summary>
    public static bool IsExactMatch(string answer, string reference) =>
        TurkishWords.Split(answer).SequenceEqual(TurkishWords.Split(reference), StringComparer.Ordinal);

    /// <summary>Computes F1 over words, counting repetitions.</summary>
    /// <returns>0 … 1; 1 if neither text has words.</returns>
    public static double F1(string answer, string reference)
    {
        var (given, right) = (TurkishWords.Split(answer), TurkishWords.Split(reference));
        var left = right.CountBy(word => word, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        var shared = given.Count(word => left.TryGetValue(word, out var more) && (left[word] = more - 1) >= 0);
        return GetHarmonicMean(shared, given.Count, right.Count);
    }

    /// <summary>Returns the harmonic mean of shared ÷ given and shared ÷ right.</summary>
    internal static double GetHarmonicMean(int shared, int given, int right) =>
        given + right == 0 ? 1 : 2.0 * shared / (given + right);
}
