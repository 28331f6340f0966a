using System.Globalization;
using TurkishLlm.Plans;

namespace TurkishLlm.Training.Safety;

/// <summary>The verdict about a batch after its gradient is computed and before a weight is changed.</summary>
/// <param name="Loss">Loss of the batch.</param>
/// <param name="GradientNorm">Norm of its gradient.</param>
/// <param name="LossZScore">
/// Standard deviations between the loss and the mean of the recent steps; null while there are too few.
/// </param>
/// <param name="GradientNormZScore">The same for the gradient norm.</param>
/// <param name="Action">The action to take; null if the batch is accepted.</param>
/// <param name="IsLimitReached">
/// True if the plan would refuse the batch but has already refused the largest number that it allows.
/// </param>
public sealed record DivergenceCheckResult(
    double Loss, double GradientNorm, double? LossZScore, double? GradientNormZScore, DivergenceAction? Action,
    bool IsLimitReached = false)
{
    /// <summary>False if the loss or the gradient is NaN or infinite.</summary>
    public bool IsFinite => double.IsFinite(Loss) && double.IsFinite(GradientNorm);

    /// <summary>Describes the values, such as "the loss is NaN, the gradient norm NaN".</summary>
    public string Cause =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"the loss is {Number(Loss)}{FormatZScore(LossZScore)}, the gradient norm {Number(GradientNorm)}"
                + $"{FormatZScore(GradientNormZScore)}");

    private static string Number(double value) => value.ToString("G6", CultureInfo.InvariantCulture);

    private static string FormatZScore(double? z) => z is not { } value ? ""
        : string.Create(
            CultureInfo.InvariantCulture,
            $" ({Math.Abs(value):0.0} standard deviations {(value < 0 ? "below" : "above")} the recent steps)");
}
