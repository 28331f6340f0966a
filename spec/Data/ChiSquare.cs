using TurkishLlm.Spec.Plans;

namespace TurkishLlm.Spec.Data;

/// <summary>A chi-square test that outcomes are equally likely.</summary>
internal static class ChiSquare
{
    // Six standard deviations: a correct implementation fails for one seed in a thousand million.
    private const double Deviations = 6;

    /// <summary>Holds when Pearson's statistic of the counts is below its bound.</summary>
    /// <remarks>Source of the bound: Wilson and Hilferty 1931, "The distribution of chi-square".</remarks>
    public static Verdict Uniform(IReadOnlyList<long> counts, string what)
    {
        var expected = counts.Sum() / (double)counts.Count;
        var statistic = counts.Sum(count => (count - expected) * (count - expected) / expected);
        double freedom = counts.Count - 1;
        var bound = freedom * Math.Pow(1 - 2 / (9 * freedom) + Deviations * Math.Sqrt(2 / (9 * freedom)), 3);
        return Verdict.AtMost(bound, statistic, $"χ² of {what}");
    }
}
