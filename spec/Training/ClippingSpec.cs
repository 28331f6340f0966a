using TorchSharp.Modules;
using TurkishLlm.Training.Optimization;

namespace TurkishLlm.Spec.Training;

/// <summary>Clipping by the global norm: ACC-08, ACC-12, ACC-14.</summary>
public static class ClippingSpec
{
    public static readonly Requirement<ClipCase, ClipGradients> ACC_08_Oracle = ClippingRequirements.Oracle.For(Real);

    public static readonly Requirement<ClipCase, ClipGradients> ACC_12_BelowTheLimit =
        ClippingRequirements.BelowTheLimit.For(Real);

    public static readonly Requirement<ClipCase, ClipGradients> ACC_14_NotFinite = ClippingRequirements.NotFinite.For(Real);

    public static IReadOnlyList<Requirement> All => [ACC_08_Oracle, ACC_12_BelowTheLimit, ACC_14_NotFinite];

    private static ClipGradients Real(ClipCase c, Conditions at) => (weights, maxNorm) =>
    {
        using var table = StepCase.ShareWeights(weights);
        return GradientClipping.ClipByGlobalNorm(table, maxNorm);
    };
}
