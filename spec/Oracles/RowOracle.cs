using TurkishLlm.Tokenization;

namespace TurkishLlm.Spec.Oracles;

/// <summary>Similarity of questions and diversity of their words, with sets of strings in float64.</summary>
internal static class RowOracle
{
    /// <summary>Lower-cases by Turkish rules and keeps letters and digits.</summary>
    public static string Words(string text) => string.Join(
        ' ',
        new string([.. TurkishCase.ToLower(text).Select(c => char.IsLetterOrDigit(c) ? c : ' ')])
            .Split(' ', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Jaccard similarity of the sets of letter trigrams.</summary>
    public static double Jaccard(string a, string b)
    {
        var (own, others) = (Trigrams(a), Trigrams(b));
        return (double)own.Intersect(others).Count() / own.Union(others).Count();
    }

    /// <summary>Shared trigrams over those of the smaller set.</summary>
    public static double Containment(string a, string b)
    {
        var (own, others) = (Trigrams(a), Trigrams(b));
        return (double)own.Intersect(others).Count() / Math.Min(own.Count, others.Count);
    }

    /// <summary>Entropy in bits and largest share of the openings of three words, and distinct n-grams for n of 1 to 3.</summary>
    public static (int Openings, double Entropy, double Share, double[] Distinct) MeasureDiversity(
        IReadOnlyList<string> questions)
    {
        string[][] words = [.. questions.Select(question => Words(question).Split(' '))];
        int[] counts = [.. words.GroupBy(question => string.Join(' ', question.Take(3))).Select(opening => opening.Count())];
        double[] shares = [.. counts.Select(count => (double)count / questions.Count)];
        return (
            counts.Length, shares.Sum(share => share * Math.Log2(1 / share)), shares.Max(),
            [.. Enumerable.Range(1, 3).Select(n => MeasureDistinct(words, n))]);
    }

    private static double MeasureDistinct(string[][] questions, int n)
    {
        string[] all =
        [
            .. questions.SelectMany(words => Enumerable.Range(0, Math.Max(0, words.Length - n + 1))
                .Select(start => string.Join(' ', words.Skip(start).Take(n)))),
        ];
        return all.Length == 0 ? 0 : (double)all.Distinct().Count() / all.Length;
    }

    private static HashSet<string> Trigrams(string text)
    {
        var padded = $" {Words(text)} ";
        return [.. Enumerable.Range(0, padded.Length - 2).Select(start => padded.Substring(start, 3))];
    }
}
