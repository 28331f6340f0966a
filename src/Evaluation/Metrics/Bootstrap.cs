using TurkishLlm.Data.Batches;
using TurkishLlm.Evaluation.Tasks;

namespace TurkishLlm.Evaluation.Metrics;

/// <summary>Computes confidence intervals by resampling the measured rows with replacement.</summary>
/// <remarks>
/// Bounds are the 2.5 and 97.5 percentiles over the resamples, interpolated between neighbors. The resamples are a function of
/// the seed. If all rows have the value 0, or all have 1, the resamples do not differ; the far bound is then the exact one for n
/// trials without a single other outcome, 1 − 0.025^(1/n). Spec: EVL-17. Source: Efron and Tibshirani 1993, "An Introduction to
/// the Bootstrap", section 13.3; Clopper and Pearson 1934.
/// </remarks>
/// <param name="Seed">Same seed, same interval.</param>
/// <param name="Resamples">Number of resamples.</param>
public sealed record Bootstrap(long Seed, int Resamples = 1000)
{
    private const double Tail = 0.025;

    /// <summary>Computes the interval of a mean.</summary>
    /// <returns>Null for fewer than two rows, or if all have the same value other than 0 or 1.</returns>
    public ConfidenceInterval? GetInterval(IReadOnlyList<RowValue> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Count < 2) return null;
        var first = rows[0].Sum / rows[0].Weight;
        if (rows.Any(row => row.Sum / row.Weight != first))
            return GetPercentileInterval(rows.Count, drawn => RowValue.Mean(drawn.Select(i => rows[i])));
        var far = 1 - Math.Pow(Tail, 1.0 / rows.Count);
        return first switch { 0 => new(0, far), 1 => new(1 - far, 1), _ => null };
    }

    /// <summary>
    /// Computes the interval of the difference second − first. Each resample uses the same rows for both, so rows that are hard
    /// for both do not widen it.
    /// </summary>
    /// <param name="first">Values of one model.</param>
    /// <param name="second">Values of another model on the same rows, in the same order.</param>
    public ConfidenceInterval? GetDifferenceInterval(IReadOnlyList<RowValue> first, IReadOnlyList<RowValue> second)
    {
        if (first.Count != second.Count)
            throw new ArgumentException(
                $"There are {first.Count} rows of one model and {second.Count} of the other.",
                nameof(second));
        return first.Count < 2
            ? null
            : GetPercentileInterval(first.Count, drawn =>
                RowValue.Mean(drawn.Select(i => second[i])) - RowValue.Mean(drawn.Select(i => first[i])));
    }

    /// <summary>Computes the interval of second ÷ first − 1, with the same rows for both.</summary>
    /// <inheritdoc cref="GetDifferenceInterval"/>
    public ConfidenceInterval? GetIncreaseInterval(IReadOnlyList<RowValue> first, IReadOnlyList<RowValue> second) =>
        first.Count < 2
            ? null
            : GetPercentileInterval(first.Count, drawn =>
                RowValue.Mean(drawn.Select(i => second[i])) / RowValue.Mean(drawn.Select(i => first[i])) - 1);

    private ConfidenceInterval GetPercentileInterval(int rows, Func<int[], double> measure)
    {
        var (values, drawn) = (new double[Resamples], new int[rows]);
        for (var resample = 0; resample < Resamples; resample++)
        {
            for (var i = 0; i < rows; i++) drawn[i] = (int)CounterRandom.GetInt64(Seed, resample, i, rows);
            values[resample] = measure(drawn);
        }
        Array.Sort(values);
        return new(Quantile(values, Tail), Quantile(values, 1 - Tail));
    }

    private static double Quantile(double[] sorted, double share)
    {
        var place = share * (sorted.Length - 1);
        var below = (int)place;
        return below + 1 < sorted.Length ? sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]) : sorted[below];
    }
}

/// <summary>A 95 % confidence interval.</summary>
/// <param name="Low">Lower bound.</param>
/// <param name="High">Upper bound.</param>
public readonly record struct ConfidenceInterval(double Low, double High)
{
    /// <summary>True if 0 is outside the interval.</summary>
    public bool ExcludesZero => Low > 0 || High < 0;
}
