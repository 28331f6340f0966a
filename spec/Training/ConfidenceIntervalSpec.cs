using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;

namespace TurkishLlm.Spec.Training;

/// <summary>Computes the confidence interval of the difference of two models.</summary>
public delegate ConfidenceInterval ComputeInterval(IReadOnlyList<RowValue> first, IReadOnlyList<RowValue> second, long seed);

/// <summary>Two models on the same few rows, difficult and easy ones.</summary>
/// <param name="First">Sum and weight of each row of the first model.</param>
/// <param name="Second">Those of the second model.</param>
public sealed record BootstrapCase(IReadOnlyList<RowValue> First, IReadOnlyList<RowValue> Second)
{
    /// <inheritdoc/>
    public override string ToString() => $"{First.Count} rows, weights {string.Join(' ', First.Select(row => row.Weight))}";
}

/// <summary>Confidence intervals: EVL-17.</summary>
public static class ConfidenceIntervalSpec
{
    private const int Resamples = 4000;

    public static readonly Requirement<BootstrapCase, ComputeInterval> EVL_17_PairedBootstrap = new()
    {
        Id = "EVL-17",
        Statement = "The confidence interval of a difference is the range from the 2.5 to the 97.5 percentile over resamples of "
            + "the rows with replacement, the same rows for both models, and is the same for the same seed.",
        Source = "Efron and Tibshirani 1993, section 13.3; Koehn 2004, paired bootstrap; TOL-BOOTSTRAP",
        CanonicalCases =
        [
            new(
                [new(1.2, 1), new(16, 8), new(2.1, 3), new(33, 11), new(0.4, 2)],
                [new(1.0, 1), new(15.1, 8), new(2.3, 3), new(31.2, 11), new(0.3, 2)]),
            new([new(0.9), new(0.1), new(0.75), new(0.3), new(0.55)], [new(0.95), new(0.3), new(0.7), new(0.45), new(0.6)]),
        ],
        Subject = (_, _) => (first, second, seed) => new Bootstrap(seed, Resamples).GetDifferenceInterval(first, second)!.Value,
        Holds = (interval, c, at) =>
        {
            var outcomes = AnswerMetricOracle.ResampledStatistics(c.First.Count, rows =>
                Mean(c.Second, rows) - Mean(c.First, rows));
            var (found, first, second) = (
                interval(c.First, c.Second, at.Seed), ReplicateRows(c.First, 0.013),
                ReplicateRows(c.Second, 0.029));
            return Verdict.All(
                Verdict.Equal(
                    interval(first, second, at.Seed), interval(first, second, at.Seed), "the second interval of the same seed"),
                Verdict.AtMost(
                    Tolerance.Bootstrap(Resamples), ProbabilityOff(outcomes, found.Low, 0.025),
                    "lower bound, error as a share of resamples"),
                Verdict.AtMost(
                    Tolerance.Bootstrap(Resamples), ProbabilityOff(outcomes, found.High, 0.975),
                    "upper bound, error as a share of resamples"));
        },
        Impostors = new()
        {
            ["each model has its own resample"] = (_, _) => (first, second, seed) =>
                Percentiles(seed, (a, b) => Mean(second, b) - Mean(first, a), first.Count),
            ["without replacement"] = (_, _) => (first, second, _) =>
                RowValue.Mean(second) - RowValue.Mean(first) is var difference ? new(difference, difference) : default,
            ["nine of ten resamples"] = (_, _) => (first, second, seed) =>
                Percentiles(seed, (a, _) => Mean(second, a) - Mean(first, a), first.Count, tail: 0.05),
            ["half of the rows"] = (_, _) => (first, second, seed) =>
                Percentiles(seed, (a, _) => Mean(second, a[..2]) - Mean(first, a[..2]), first.Count),
            ["bounds are swapped"] = (_, _) => (first, second, seed) =>
                new Bootstrap(seed, Resamples).GetDifferenceInterval(second, first)!.Value,
            ["different resamples every time"] = (c, at) =>
            {
                var asked = 0;
                return (first, second, seed) =>
                    new Bootstrap(seed + asked++, Resamples).GetDifferenceInterval(first, second)!.Value;
            },
        },
    };

    public static IReadOnlyList<Requirement> All => [EVL_17_PairedBootstrap];

    // Enough different rows for two seeds to differ almost always.
    private static RowValue[] ReplicateRows(IReadOnlyList<RowValue> rows, double step) =>
        [
            .. Enumerable
                .Range(0, 6)
                .SelectMany(copy => rows.Select((row, i) => row with { Sum = row.Sum * (1 + step * copy * (i + 1)) })),
        ];

    // Probability mass between the bound and the quantile: 0 if the bound is at the step that reaches the share.
    private static double ProbabilityOff(double[] outcomes, double bound, double share)
    {
        const double rounding = 1e-12;
        var (below, upTo) = (
            outcomes.Count(value => value < bound - rounding) / (double)outcomes.Length,
            outcomes.Count(value => value <= bound + rounding) / (double)outcomes.Length);
        return Math.Max(0, Math.Max(below - share, share - upTo));
    }

    private static double Mean(IReadOnlyList<RowValue> values, int[] rows) => RowValue.Mean(rows.Select(i => values[i]));

    private static ConfidenceInterval Percentiles(long seed, Func<int[], int[], double> statistic, int rows, double tail = 0.025)
    {
        var values = Enumerable
            .Range(0, Resamples)
            .Select(resample => statistic(Draw(2 * resample), Draw(2 * resample + 1)))
            .Order()
            .ToArray();
        return new(values[(int)(tail * Resamples)], values[(int)((1 - tail) * Resamples)]);

        int[] Draw(int number) =>
            [
                .. Enumerable
                    .Range(0, rows)
                    .Select(i => (int)TurkishLlm.Data.Batches.CounterRandom.GetInt64(seed, number, i, rows)),
            ];
    }
}
