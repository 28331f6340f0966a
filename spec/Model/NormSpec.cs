using TurkishLlm.Model.Layers;
using TurkishLlm.Spec.Plans;

namespace TurkishLlm.Spec.Model;

/// <summary>RMSNorm: P15–P18, NRM.</summary>
public static class NormSpec
{
    public static readonly Requirement<NormCase, Norm> P15_Shape = NormRequirements.Shape.For(Real, FromPlan);

    public static readonly Requirement<NormCase, Norm> P16_UnitScale = NormRequirements.UnitScale.For(Real, FromPlan);

    public static readonly Requirement<ModelCase, ParameterInventory> P17_Parameters = new()
    {
        Id = "P17",
        Statement = "There are two norms in a block and one before the head, and each has one weight per feature and nothing "
            + "else.",
        Source = "Reference report, section 6 (d_model parameters per norm) and section 7 (25 norms in v1)",
        CanonicalCases = ModelCase.Usual,
        PlanCases = ModelCase.FromPlan,
        Subject = (c, _) => ParameterInventory.Create(c.Config),
        Holds = (inventory, c, _) =>
        {
            var norms = inventory.Shapes.Where(s => s.Key.Contains("norm", StringComparison.Ordinal)).ToList();
            return Verdict.All(
                Verdict.Equal(2 * c.Layers + 1, norms.Count, "norms"),
                Verdict.Equal(
                    (2L * c.Layers + 1) * c.Width,
                    norms.Sum(s => s.Value.Aggregate(1L, (a, b) => a * b)),
                    "parameters of norms"));
        },
        Impostors = new()
        {
            ["every norm has a bias"] = (c, _) =>
                ParameterInventory
                    .Create(c.Config)
                    .Transform(
                        (name, shape) =>
                            name.Contains("norm", StringComparison.Ordinal)
                                ? [(name, shape), (name.Replace("weight", "bias", StringComparison.Ordinal), shape)]
                                : [(name, shape)]),
            ["no norm before the head"] = (c, _) =>
                ParameterInventory.Create(c.Config).Transform((name, shape) => name == "norm.weight" ? [] : [(name, shape)]),
            ["one weight for all features"] = (c, _) =>
                ParameterInventory
                    .Create(c.Config)
                    .Transform((name, shape) => [(name, name.Contains("norm", StringComparison.Ordinal) ? [1] : shape)]),
        },
    };

    public static readonly Requirement<NormCase, Norm> P18_ZeroInput =
        NormRequirements.ZeroInput.For(Real, at => [FromPlan(at)[0] with { Scale = 0 }]);

    public static readonly Requirement<NormCase, Norm> NRM_01_InputUntouched =
        NormRequirements.InputUntouched.For(Real, FromPlan);

    public static readonly Requirement<NormCase, Norm> NRM_02_Oracle = NormRequirements.Oracle.For(Real, FromPlan);

    public static readonly Requirement<NormCase, Norm> NRM_03_Gradient = NormRequirements.Gradient.For(Real, FromPlan);

    public static readonly Requirement<NormCase, Norm> NRM_04_OwnPositionOnly =
        NormRequirements.OwnPositionOnly.For(Real, FromPlan);

    public static IReadOnlyList<Requirement> All =>
        [
            P15_Shape, P16_UnitScale, P17_Parameters, P18_ZeroInput, NRM_01_InputUntouched, NRM_02_Oracle, NRM_03_Gradient,
            NRM_04_OwnPositionOnly,
        ];

    private static Norm Real(NormCase c, Conditions at) => (x, weight, eps) => new RmsNorm(weight, eps).Forward(x);

    // The width and ε of the run's model, with features near √ε, where ε matters.
    private static IReadOnlyList<NormCase> FromPlan(Conditions at) =>
        [new(2, 3, at.Model.DModel, 3 * Math.Sqrt(at.Model.NormEps), at.Model.NormEps)];
}
