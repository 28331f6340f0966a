namespace TurkishLlm.Spec.Oracles;

/// <summary>Computes the z-score of a value: its distance from the mean of others, in standard deviations.</summary>
internal static class ZScoreOracle
{
    /// <summary>(value − mean) ÷ √(mean of squares − square of mean), all others weighing the same.</summary>
    public static double Of(double value, IReadOnlyList<double> others)
    {
        var (sum, squares) = (0.0, 0.0);
        foreach (var other in others)
        {
            sum += other - others[0];
            squares += (other - others[0]) * (other - others[0]);
        }
        var mean = sum / others.Count;
        return (value - others[0] - mean) / Math.Sqrt(squares / others.Count - mean * mean);
    }
}
