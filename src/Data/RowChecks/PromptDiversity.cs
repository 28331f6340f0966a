using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Corpus;

namespace TurkishLlm.Data.RowChecks;

/// <summary>How diverse the questions of a set of rows are.</summary>
/// <param name="Questions">Number of questions.</param>
/// <param name="Openings">Number of distinct openings: the first three words.</param>
/// <param name="MostFrequentOpening">The most frequent opening.</param>
/// <param name="MostFrequentShare">Share of the questions with it.</param>
/// <param name="OpeningEntropy">Entropy of the openings, in bits.</param>
/// <param name="SampledQuestions">Number of questions that the ratios are measured on.</param>
/// <param name="Distinct1">Distinct words ÷ words.</param>
/// <param name="Distinct2">Distinct pairs of consecutive words ÷ pairs.</param>
/// <param name="Distinct3">Distinct triples of consecutive words ÷ triples.</param>
/// <remarks>
/// Ratios of n-grams fall with the number of texts, so they are measured on at most 10,000 questions, chosen by hash, and the
/// first 50 words of each. Source: Li et al. 2016, arXiv:1510.03055, section 5.1 (distinct-n); "prompt diversity" in the tutorial
/// on fine-tuning. Spec: SFT-53.
/// </remarks>
public sealed record PromptDiversity(
    int Questions, int Openings, string MostFrequentOpening, double MostFrequentShare, double OpeningEntropy,
    int SampledQuestions, double Distinct1, double Distinct2, double Distinct3)
{
    private const int OpeningWords = 3, MaxSampled = 10_000, MaxWords = 50;

    /// <summary>Number of equally frequent openings with the same entropy.</summary>
    public double EffectiveOpenings => Math.Pow(2, OpeningEntropy);

    /// <summary>Measures questions.</summary>
    /// <param name="questions">The questions.</param>
    public static PromptDiversity Measure(IReadOnlyList<string> questions)
    {
        ArgumentNullException.ThrowIfNull(questions);
        return Measure(
            questions.Count, i => GetOpening(Tokenization.ComparableWords.Create(questions[i])), i => questions[i],
            i => (ulong)DocumentHash.Compute(questions[i]));
    }

    internal static PromptDiversity Measure(
        int count, Func<int, string> getOpening, Func<int, string> getQuestion, Func<int, ulong> getHash)
    {
        var openings = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
            openings[getOpening(i)] = openings.GetValueOrDefault(getOpening(i)) + 1;
        var top = openings.OrderByDescending(opening => opening.Value)
            .ThenBy(opening => opening.Key, StringComparer.Ordinal)
            .FirstOrDefault();
        var entropy = openings.Values.Order().Sum(times => -(double)times / count * Math.Log2((double)times / count));
        var sample = Enumerable.Range(0, count).OrderBy(i => SplitMix64.Mix(getHash(i))).Take(MaxSampled).ToArray();
        var ratios = Enumerable.Range(1, 3).Select(n => MeasureDistinct(sample.Select(getQuestion), n)).ToArray();
        return new(
            count, openings.Count, top.Key ?? "", count == 0 ? 0 : (double)top.Value / count, Math.Max(0, entropy), sample.Length,
            ratios[0], ratios[1], ratios[2]);
    }

    /// <summary>Returns the first three words.</summary>
    /// <param name="words">Words, separated by single spaces.</param>
    internal static string GetOpening(string words)
    {
        var end = -1;
        for (var i = 0; i < OpeningWords; i++)
        {
            end = words.IndexOf(' ', end + 1);
            if (end < 0) return words;
        }
        return words[..end];
    }

    private static double MeasureDistinct(IEnumerable<string> questions, int length)
    {
        var (distinct, all) = (new HashSet<ulong>(), 0L);
        Span<ulong> window = stackalloc ulong[length];
        foreach (var question in questions)
            for (var nGrams = new WordNGrams(question, window); nGrams.MoveNext() && nGrams.Count <= MaxWords; all++)
                distinct.Add(nGrams.Hash);
        return all == 0 ? 0 : (double)distinct.Count / all;
    }
}
