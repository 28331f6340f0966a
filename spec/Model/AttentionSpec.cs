namespace TurkishLlm.Spec.Model;

/// <summary>Causal attention with shared key/value heads: P26–P29, ATT-04 … ATT-06, GQA.</summary>
public static class AttentionSpec
{
    private static AttentionRequirements Required => AttentionRequirements.WithAlibi;

    public static readonly Requirement<LayerCase, SubjectLayer> P26_Shape =
        Required.Shape.For(LayerSubjects.Attention, LayerPlanCases.FromPlan);

    public static readonly Requirement<LayerCase, SubjectLayer> P27_GroupSize =
        Required.GroupSize.For(LayerSubjects.Attention, LayerPlanCases.FromPlan);

    public static readonly Requirement<ModelCase, ParameterInventory> P28_ProjectionShapes = new()
    {
        Id = "P28",
        Statement = "Query and output projections are width × width; key and value projections have only the key/value heads' "
            + "rows.",
        Source = "Ainslie et al. 2023, section 2.2; reference report, section 11, test 28; BUG-GQA-04, BUG-GQA-08",
        CanonicalCases = ModelCase.Usual,
        PlanCases = ModelCase.FromPlan,
        Subject = (c, _) => ParameterInventory.Create(c.Config),
        Holds = (inventory, c, _) => Verdict.All(
            from i in Enumerable.Range(0, c.Layers)
            from p in new[]
            {
                ("q", c.Width), ("k", c.KeyValueHeads * c.HeadSize), ("v", c.KeyValueHeads * c.HeadSize), ("o", c.Width),
            }
            select Verdict.SameElements(
                [p.Item2, c.Width],
                inventory.Shapes[$"layers.{i}.attn.{p.Item1}_proj.weight"], $"{p.Item1}_proj of layer {i}")),
        Impostors = new()
        {
            ["the number of key/value heads is ignored"] = (c, _) => ParameterInventory.Create(c.Config.With(nKvHeads: c.Heads)),
            ["one key/value head for all"] = (c, _) => ParameterInventory.Create(c.Config.With(nKvHeads: 1)),
            ["key and value are [in, out]"] = (c, _) =>
                ParameterInventory
                    .Create(c.Config)
                    .Transform(
                        (name, shape) =>
                            [
                                (
                                    name, name.Contains("k_proj", StringComparison.Ordinal)
                                    || name.Contains("v_proj", StringComparison.Ordinal)
                                        ? [.. shape.Reverse()]
                                        : shape),
                            ]),
        },
    };

    public static readonly Requirement<LayerCase, SubjectLayer> P29_Causal =
        Required.Causal.For(LayerSubjects.Attention, LayerPlanCases.FromPlan);

    public static readonly Requirement<LayerCase, SubjectLayer> ATT_04_Oracle =
        Required.Oracle.For(LayerSubjects.Attention, LayerPlanCases.FromPlanAtFullLength);

    public static readonly Requirement<LayerCase, SubjectLayer> ATT_05_Gradient =
        Required.Gradient.For(LayerSubjects.Attention, LayerPlanCases.FromPlanAtFullLength);

    public static readonly Requirement<LayerCase, SubjectLayer> ATT_06_WeightsSumToOne =
        Required.WeightsSumToOne.For(LayerSubjects.Attention, LayerPlanCases.FromPlan);

    public static readonly Requirement<LayerCase, SubjectLayer> GQA_01_HeadOrder =
        Required.HeadOrder.For(LayerSubjects.Attention, LayerPlanCases.FromPlan);

    public static readonly Requirement<LayerCase, SubjectLayer> GQA_02_SlopePerQueryHead =
        Required.SlopePerQueryHead.For(LayerSubjects.Attention, LayerPlanCases.FromPlan);

    public static readonly Requirement<LayerCase, SubjectLayer> GQA_03_AnySharing =
        Required.AnySharing.For(LayerSubjects.Attention);

    public static IReadOnlyList<Requirement> All =>
    [
        P26_Shape, P27_GroupSize, P28_ProjectionShapes, P29_Causal, ATT_04_Oracle, ATT_05_Gradient, ATT_06_WeightsSumToOne,
        GQA_01_HeadOrder, GQA_02_SlopePerQueryHead, GQA_03_AnySharing,
    ];
}
