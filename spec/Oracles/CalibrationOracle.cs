namespace TurkishLlm.Spec.Oracles;

/// <summary>Accuracy and expected calibration error of decisions between two answers.</summary>
/// <remarks>
/// Confidence max(σ(Δ), σ(−Δ)); bins of equal width from 0.5 to 1; error Σ n_b ÷ n · |right ÷ n_b − mean confidence|. Source: Guo
/// et al. 2017, arXiv:1706.04599, equation 3.
/// </remarks>
public static class CalibrationOracle
{
    /// <param name="margins">Reward of the chosen answer minus that of the rejected one.</param>
    /// <param name="bins">Number of bins.</param>
    public static (double Accuracy, double Error) Compute(IReadOnlyList<double> margins, int bins)
    {
        var (count, right, confidence) = (new int[bins], new double[bins], new double[bins]);
        foreach (var margin in margins)
        {
            var wins = Math.Exp(margin) / (1 + Math.Exp(margin));
            var sure = Math.Max(wins, 1 - wins);
            var bin = 0;
            while (bin + 1 < bins && sure >= 0.5 + 0.5 * (bin + 1) / bins) bin++;
            count[bin]++;
            confidence[bin] += sure;
            right[bin] += margin == 0 ? 0.5 : wins > 0.5 ? 1 : 0;
        }
        var error = 0.0;
        for (var bin = 0; bin < bins; bin++) error += Math.Abs(right[bin] - confidence[bin]) / margins.Count;
        return (right.Sum() / margins.Count, error);
    }
}
