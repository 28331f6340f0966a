using System.Globalization;
using TurkishLlm.Plans;

namespace TurkishLlm.Training.Safety;

/// <summary>What is thought of a batch after its gradient is known and before a weight moves.</summary>
/// <param name="Loss">Its loss.</param>
/// <param name="GradientNorm">Norm of its gradient.</param>
/// <param name="LossZScore">How far the loss lies above the steps before; null while there are too few.</param>
/// <param name="GradientNormZScore">The same of the gradient norm.</param>
/// <param name="Action">What to do about it; null where nothing is wrong.</param>
/// <param name="IsLimitReached">True when the plan would have the batch refused, but has had as many refused as it allows.</param>
public sealed record DivergenceCheckResult(double Loss, double GradientNorm, double? LossZScore, double? GradientNormZScore, DivergenceAction? Action, bool IsLimitReached = false)
{
    /// <summary>False where the loss or the gradient is NaN or infinite.</summary>
    public bool IsFinite => double.IsFinite(Loss) && double.IsFinite(GradientNorm);

    /// <summary>What is wrong, with the numbers: "the loss is NaN, the gradient norm NaN".</summary>
    public string Cause => string.Create(CultureInfo.InvariantCulture, $"the loss is {Number(Loss)}{FormatZScore(LossZScore)}, the gradient norm {Number(GradientNorm)}{FormatZScore(GradientNormZScore)}");

    private static string Number(double value) => value.ToString("G6", CultureInfo.InvariantCulture);

    private static string FormatZScore(double? z) => z is not { } value ? ""
        : string.Create(CultureInfo.InvariantCulture, $" ({Math.Abs(value):0.0} standard deviations {(value < 0 ? "below" : "above")} the steps before)");
}
