using System.Globalization;

namespace TurkishLlm.Training;

/// <summary>What is thought of a batch after its gradient is known and before a weight moves.</summary>
/// <param name="Loss">Its loss.</param>
/// <param name="GradientNorm">Norm of its gradient.</param>
/// <param name="LossZ">How far the loss lies above the steps before; null while there are too few.</param>
/// <param name="NormZ">The same of the gradient norm.</param>
/// <param name="Remedy">What to do about it; null where nothing is wrong.</param>
/// <param name="TooMany">True when the plan would have the batch refused, but has had as many refused as it allows.</param>
public sealed record BatchVerdict(double Loss, double GradientNorm, double? LossZ, double? NormZ, Remedy? Remedy, bool TooMany = false)
{
    /// <summary>False where the loss or the gradient is NaN or infinite.</summary>
    public bool IsFinite => double.IsFinite(Loss) && double.IsFinite(GradientNorm);

    /// <summary>What is wrong, with the numbers: "the loss is NaN, the gradient norm NaN".</summary>
    public string Cause => string.Create(CultureInfo.InvariantCulture, $"the loss is {Number(Loss)}{Above(LossZ)}, the gradient norm {Number(GradientNorm)}{Above(NormZ)}");

    private static string Number(double value) => value.ToString("G6", CultureInfo.InvariantCulture);

    private static string Above(double? z) => z is not { } value ? ""
        : string.Create(CultureInfo.InvariantCulture, $" ({Math.Abs(value):0.0} standard deviations {(value < 0 ? "below" : "above")} the steps before)");
}
