namespace TurkishLlm.Evaluation.Metrics;

/// <summary>Calibration of a reward model on pairs: of the pairs decided with 80 % confidence, are 80 % right?</summary>
/// <remarks>
/// The model prefers the answer with the higher reward, with confidence σ(|Δ|) for a margin Δ, which is 0.5 … 1. The expected
/// calibration error is Σ share of the bin · |accuracy − mean confidence|, over bins of equal width. Source: Guo et al. 2017,
/// arXiv:1706.04599, equation 3. Spec: RWM-05.
/// </remarks>
/// <param name="Bins">Bins that have pairs, in ascending order of confidence.</param>
/// <param name="Accuracy">Share of pairs in the right order; equal rewards count half.</param>
/// <param name="ExpectedError">Expected calibration error, 0 … 0.5.</param>
public sealed record PairCalibration(IReadOnlyList<CalibrationBin> Bins, double Accuracy, double ExpectedError)
{
    /// <summary>Computes the calibration.</summary>
    /// <param name="margins">Reward of the chosen answer minus that of the rejected one, for each pair; at least one.</param>
    /// <param name="binCount">Number of bins from 0.5 to 1.</param>
    public static PairCalibration Compute(IReadOnlyList<double> margins, int binCount = 5)
    {
        ArgumentNullException.ThrowIfNull(margins);
        ArgumentOutOfRangeException.ThrowIfZero(margins.Count);
        ArgumentOutOfRangeException.ThrowIfLessThan(binCount, 1);
        CalibrationBin[] bins =
        [
            .. margins
                .Select(margin => (Confidence: 1 / (1 + Math.Exp(-Math.Abs(margin))), Right: GetScore(margin)))
                .GroupBy(pair => Math.Min(binCount - 1, (int)((pair.Confidence - 0.5) * 2 * binCount)))
                .OrderBy(bin => bin.Key)
                .Select(bin => new CalibrationBin(
                    0.5 + 0.5 * bin.Key / binCount, 0.5 + 0.5 * (bin.Key + 1) / binCount, bin.Count(),
                    bin.Average(pair => pair.Confidence), bin.Average(pair => pair.Right))),
        ];
        return new(
            bins, margins.Average(GetScore),
            bins.Sum(bin => bin.Pairs * Math.Abs(bin.Accuracy - bin.Confidence)) / margins.Count);
    }

    /// <summary>Returns 1 if the chosen answer has the higher reward, 0 if the rejected one has, 0.5 for equal ones.</summary>
    public static double GetScore(double margin) => margin > 0 ? 1 : margin < 0 ? 0 : 0.5;
}

/// <summary>Pairs that were decided with similar confidence.</summary>
/// <param name="From">Lower bound of the confidence.</param>
/// <param name="To">Upper bound.</param>
/// <param name="Pairs">Number of pairs.</param>
/// <param name="Confidence">Mean confidence.</param>
/// <param name="Accuracy">Share of the pairs in the right order.</param>
public sealed record CalibrationBin(double From, double To, int Pairs, double Confidence, double Accuracy);
