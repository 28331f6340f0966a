using TurkishLlm.Data.Batches;
using TurkishLlm.Evaluation.Tasks;

namespace TurkishLlm.Evaluation.Metrics;

/// <summary>How far a measured value could be another one had other rows of the same kind been asked: rows are drawn anew from those there are, with replacement.</summary>
/// <remarks>
/// Bounds are the 2.5 and 97.5 percentiles over the draws, interpolated between neighbours. What is drawn is a function of the seed.
/// Where all rows have the value 0, or all 1, no draw differs; there the far bound is the exact one of so many tries without a single
/// other outcome, 1 − 0.025^(1/n). Spec: EVL-17. Source: Efron and Tibshirani 1993, "An Introduction to the Bootstrap", section 13.3;
/// Clopper and Pearson 1934.
/// </remarks>
/// <param name="Seed">Same seed, same interval.</param>
/// <param name="Resamples">How often all rows are drawn.</param>
public sealed record Bootstrap(long Seed, int Resamples = 1000)
{
    private const double Tail = 0.025;

    /// <summary>The interval of a value.</summary>
    /// <returns>Null where there are fewer than two rows, or all have the same value and it is neither 0 nor 1.</returns>
    public ConfidenceInterval? GetInterval(IReadOnlyList<RowValue> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Count < 2) return null;
        var first = rows[0].Sum / rows[0].Weight;
        if (rows.Any(row => row.Sum / row.Weight != first)) return GetPercentileInterval(rows.Count, drawn => RowValue.Mean(drawn.Select(i => rows[i])));
        var far = 1 - Math.Pow(Tail, 1.0 / rows.Count);
        return first switch { 0 => new(0, far), 1 => new(1 - far, 1), _ => null };
    }

    /// <summary>The interval of the difference second − first. Both are asked the same rows in every draw, so what makes a row hard for both does not widen it.</summary>
    /// <param name="first">Values of one model.</param>
    /// <param name="second">Values of another one on the same rows, in the same order.</param>
    public ConfidenceInterval? GetDifferenceInterval(IReadOnlyList<RowValue> first, IReadOnlyList<RowValue> second)
    {
        if (first.Count != second.Count) throw new ArgumentException($"There are {first.Count} rows of one model and {second.Count} of the other.", nameof(second));
        return first.Count < 2 ? null : GetPercentileInterval(first.Count, drawn => RowValue.Mean(drawn.Select(i => second[i])) - RowValue.Mean(drawn.Select(i => first[i])));
    }

    /// <summary>The interval of second ÷ first − 1, on the same rows in every draw.</summary>
    /// <inheritdoc cref="GetDifferenceInterval"/>
    public ConfidenceInterval? GetIncreaseInterval(IReadOnlyList<RowValue> first, IReadOnlyList<RowValue> second) =>
        first.Count < 2 ? null : GetPercentileInterval(first.Count, drawn => RowValue.Mean(drawn.Select(i => second[i])) / RowValue.Mean(drawn.Select(i => first[i])) - 1);

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

/// <summary>Bounds that a value lies between with a confidence of 95 %.</summary>
/// <param name="Low">The lower one.</param>
/// <param name="High">The upper one.</param>
public readonly record struct ConfidenceInterval(double Low, double High)
{
    /// <summary>True where 0 is not between the bounds.</summary>
    public bool ExcludesZero => Low > 0 || High < 0;
}
