namespace TurkishLlm.Spec.Model;

/// <summary>The feed-forward network: P30–P32, FFN.</summary>
public static class SwiGluSpec
{
    public static readonly Requirement<LayerCase, SubjectLayer> P30_Shape =
        FeedForwardRequirements.Shape.For(LayerSubjects.FeedForward, LayerPlanCases.FromPlan);

    public static readonly Requirement<LayerCase, SubjectLayer> P31_ThreeProjections =
        FeedForwardRequirements.ThreeProjections.For(LayerSubjects.FeedForward, LayerPlanCases.FromPlan);

    public static readonly Requirement<PresetCase, ParameterInventory> P32_Parameters = new()
    {
        Id = "P32",
        Statement = "The three projections of a v1 block have 528,384 parameters.",
        Source = "Reference report, section 5 and section 7",
        CanonicalCases = [new("v1", 528_384)],
        Subject = (c, _) => ParameterInventory.Create(c.Config),
        Holds = (inventory, c, _) => Verdict.All(Enumerable.Range(0, c.Config.NLayers).Select(i => Verdict.Equal(
            c.Parameters,
            inventory
                .Shapes.Where(s => s.Key.StartsWith($"layers.{i}.ffn.", StringComparison.Ordinal))
                .Sum(s => s.Value.Aggregate(1L, (a, b) => a * b)),
            $"parameters of layer {i}"))),
        Impostors = new()
        {
            ["an inner width of four times d_model"] = (c, _) =>
                ParameterInventory.Create(c.Config.With(dFf: 4 * c.Config.DModel)),
            ["two projections"] = (c, _) =>
                ParameterInventory
                    .Create(c.Config)
                    .Transform((name, shape) => name.Contains("up_proj", StringComparison.Ordinal) ? [] : [(name, shape)]),
            ["a bias in the last layer"] = (c, _) =>
                ParameterInventory.Create(c.Config).With($"layers.{c.Config.NLayers - 1}.ffn.down_proj.bias", c.Config.DModel),
        },
    };

    public static readonly Requirement<LayerCase, SubjectLayer> FFN_01_Oracle =
        FeedForwardRequirements.Oracle.For(LayerSubjects.FeedForward, LayerPlanCases.FromPlanAtFullLength);

    public static readonly Requirement<LayerCase, SubjectLayer> FFN_02_Gradient =
        FeedForwardRequirements.Gradient.For(LayerSubjects.FeedForward, LayerPlanCases.FromPlanAtFullLength);

    public static IReadOnlyList<Requirement> All =>
        [P30_Shape, P31_ThreeProjections, P32_Parameters, FFN_01_Oracle, FFN_02_Gradient];
}
