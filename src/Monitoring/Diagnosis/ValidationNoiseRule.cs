using static System.FormattableString;

namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>Reports a validation loss with more noise than trend.</summary>
internal static class ValidationNoiseRule
{
    private const double Least = 0.003;      // noise ÷ validation loss
    private const int Fewest = 6;

    public static CurveFinding? Evaluate(LossCurves curves)
    {
        if (curves.Validation.Count < Fewest) return null;
        var late = curves.Validation.Skip(curves.Validation.Count / 2).ToArray();
        var (noise, moved) = (curves.ValidationNoise, Math.Abs(late[^1].Loss - late[0].Loss) / (late.Length - 1));
        var turns = Enumerable
            .Range(1, late.Length - 2)
            .Any(i => late[i].Loss > late[i - 1].Loss != late[i + 1].Loss > late[i].Loss);
        return turns && noise > Least * late[^1].Loss && noise > 2 * moved
            ? new("validation noise", CurveFindingSeverity.Info,
                Invariant(
                    $"The validation loss varies by {noise:F3} between measurements and changed by {moved:F3}: ")
                        + Invariant($"differences below {2 * Math.Sqrt(2) * noise:F2} are noise."),
                Invariant(
                    $"Validate on more text: evaluation.windows: {4 * curves.Plan.Evaluation.Windows} (now ")
                        + Invariant($"{curves.Plan.Evaluation.Windows}) halves the noise."))
            : null;
    }
}
