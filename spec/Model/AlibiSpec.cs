using TurkishLlm.Model.Layers;
using TurkishLlm.Spec.Plans;

namespace TurkishLlm.Spec.Model;

/// <summary>Position by linear biases, and the mask: P19–P25, ATT-01 … ATT-03.</summary>
public static class AlibiSpec
{
    public static readonly Requirement<SlopeTable, SlopeFunction> P19_Geometric =
        SlopeRequirements.Geometric.For(Slopes, at => [new(at.Model.NHeads)]);

    public static readonly Requirement<SlopeTable, SlopeFunction> P20_ExactSlopes = SlopeRequirements.ExactSlopes.For(Slopes);

    public static readonly Requirement<BiasCase, BiasFunction> P21_Shape =
        BiasRequirements.Shape.For(Real, at => [new(at.Model.NHeads, 5, 9)]);

    public static readonly Requirement<BiasCase, BiasFunction> P22_HardMask =
        BiasRequirements.HardMask.For(Real, at => [new(at.Model.NHeads, 19, Math.Max(19, at.Model.MaxSeqLen))]);

    public static readonly Requirement<BiasCase, BiasFunction> P23_ZeroDiagonal =
        BiasRequirements.ZeroDiagonal.For(Real, at => [new(at.Model.NHeads, 17, 17)]);

    public static readonly Requirement<BiasCase, BiasFunction> P24_LinearPenalty =
        BiasRequirements.LinearPenalty.For(Real, FromPlan);

    public static readonly Requirement<BiasCase, BiasFunction> P25_LongerThanTrained =
        BiasRequirements.LongerThanTrained.For(Real, at => [new(at.Model.NHeads, 16, 40)]);

    public static readonly Requirement<BiasCase, BiasFunction> ATT_01_Distinct = BiasRequirements.Distinct.For(Real, FromPlan);

    public static readonly Requirement<BiasCase, BiasFunction> ATT_02_LastRows =
        BiasRequirements.LastRows.For(Real, at => [new(at.Model.NHeads, 3, 17)]);

    public static readonly Requirement<SlopeTable, SlopeFunction> ATT_03_AnyHeadCount =
        SlopeRequirements.AnyHeadCount.For(Slopes);

    public static IReadOnlyList<Requirement> All =>
        [
            P19_Geometric, P20_ExactSlopes, P21_Shape, P22_HardMask, P23_ZeroDiagonal, P24_LinearPenalty, P25_LongerThanTrained,
            ATT_01_Distinct, ATT_02_LastRows, ATT_03_AnyHeadCount,
        ];

    private static BiasFunction Real(BiasCase c, Conditions at) =>
        (heads, queries, keys) => Alibi.ComputeBias(heads, queries, keys, at.Device);

    private static SlopeFunction Slopes(SlopeTable c, Conditions at) => Alibi.ComputeSlopes;

    // The heads of the run's model, and its length or more keys than bfloat16 can count.
    internal static IReadOnlyList<BiasCase> FromPlan(Conditions at) =>
        [new(at.Model.NHeads, 5, Math.Max(600, at.Model.MaxSeqLen))];
}
