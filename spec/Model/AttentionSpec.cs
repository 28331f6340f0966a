using TorchSharp;
using TurkishLlm.Spec.Impostors;
using TurkishLlm.Spec.Plans;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Model;

/// <summary>Causal attention with shared key/value heads: P26–P29, ATT-04 … ATT-06, GQA.</summary>
public static class AttentionSpec
{
    private static readonly Func<PlantedModel, Tensor, Tensor> Layer = (model, x) => model.Attention(x, 0);

    public static readonly Requirement<LayerCase, SubjectLayer> P26_Shape = new()
    {
        Id = "P26",
        Statement = "The output of attention has the shape of the residual stream: [batch, time, width].",
        Source = "Reference report, section 11, test 26",
        CanonicalCases = LayerCase.Usual,
        PlanCases = LayerCase.FromPlan,
        Subject = SubjectLayer.Attention,
        Holds = (attention, c, at) =>
            Verdict.Equal(c.Input(at).FormatShape(), attention.Forward(c.Input(at)).FormatShape(), "shape"),
        Impostors = Changed(new()
        {
            ["heads are not merged"] = (y, c) => y.view(c.Batch, c.Time, c.Heads, c.HeadSize),
            ["time before batch"] = (y, _) => y.transpose(0, 1),
            ["the last position only"] = (y, c) => y.narrow(1, c.Time - 1, 1),
        }),
    };

    public static readonly Requirement<LayerCase, SubjectLayer> P27_GroupSize = new()
    {
        Id = "P27",
        Statement = "Each key/value head is read by n_heads / n_kv_heads query heads: four in v1, two in v2.",
        Source = "Ainslie et al. 2023, arXiv:2305.13245, section 2.2; reference report, section 4",
        CanonicalCases = [new(2, 5, 8, 2, 6), new(2, 5, 8, 4, 6), new(3, 4, 6, 2, 8, 40)],
        PlanCases = LayerCase.FromPlan,
        Subject = SubjectLayer.Attention,
        Holds = (attention, c, at) => Verdict.SameElements(
            [.. Enumerable.Repeat(c.Heads / c.KeyValueHeads, c.KeyValueHeads)],
            [.. QueryHeadsByKeyValueHead(attention, c, at).Select(heads => heads.Count)],
            "readers of key/value head"),
        Impostors = SubjectLayer.With(Layer, PlantedBug.FirstKeyValueHeadOnly, PlantedBug.HeadsMergedWithoutTranspose),
    };

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

    public static readonly Requirement<LayerCase, SubjectLayer> P29_Causal = new()
    {
        Id = "P29",
        Statement = "The output at a position has the same bits regardless of what follows it, and it changes with its "
            + "own input.",
        Source = "Vaswani et al. 2017, arXiv:1706.03762, section 3.2.3; reference report, section 11, test 29; BUG-ATT-04, "
            + "BUG-ATT-11, BUG-ATT-13, BUG-ATT-17",
        CanonicalCases = [.. LayerCase.Usual, new(1, 2, 4, 2, 6)],
        PlanCases = LayerCase.FromPlan,
        Subject = SubjectLayer.Attention,
        Holds = (attention, c, at) =>
        {
            using var grad = no_grad();
            var (x, other) = (c.Input(at), c.Input(at, salt: 21));
            var before = attention.Forward(x);
            return Verdict.All(Enumerable.Range(1, c.Time - 1).SelectMany<int, Verdict>(cut =>
            {
                using var scope = NewDisposeScope();
                var after = attention.Forward(cat([x.narrow(1, 0, cut), other.narrow(1, cut, c.Time - cut)], 1));
                return
                [
                    Verdict.AtMost(
                        0, after.narrow(1, 0, cut).LargestDifference(before.narrow(1, 0, cut)), $"change before position {cut}"),
                    Verdict.AtLeast(
                        1e-6, after.narrow(1, cut, 1).LargestDifference(before.narrow(1, cut, 1)), $"change at position {cut}"),
                ];
            }));
        },
        Impostors = SubjectLayer.With(
            Layer,
            PlantedBug.SeesOneAhead, PlantedBug.NoMask, PlantedBug.TransposedDistances, PlantedBug.SoftFuture,
            PlantedBug.FiniteMask,
            PlantedBug.SoftmaxOverQueries, PlantedBug.MaskAfterSoftmax, PlantedBug.HeadsMergedWithoutTranspose),
    };

    public static readonly Requirement<LayerCase, SubjectLayer> ATT_04_Oracle = new()
    {
        Id = "ATT-04",
        Statement = "Attention equals the float64 oracle.",
        Source = "Probe P-ORACLE; BUG-ATT-02, BUG-ATT-04, BUG-ATT-17, BUG-GQA-01, BUG-GQA-03, BUG-GQA-07; TOL-MODEL for one layer"
,
        CanonicalCases = LayerCase.Usual,
        PlanCases = LayerCase.FromPlanAtFullLength,
        Subject = SubjectLayer.Attention,
        Holds = EqualsOracle,
        Impostors = SubjectLayer.With(
            Layer,
            PlantedBug.SeesOneAhead, PlantedBug.NoMask, PlantedBug.TransposedDistances, PlantedBug.SoftFuture,
            PlantedBug.FiniteMask,
            PlantedBug.AlibiSignFlipped,
            PlantedBug.NoAlibi, PlantedBug.SlopesFromZero, PlantedBug.SlopesByKeyValueHead, PlantedBug.KeyValueHeadsTiled,
            PlantedBug.FirstKeyValueHeadOnly,
            PlantedBug.KeyValueHeadsOfNextGroup, PlantedBug.SoftmaxOverQueries, PlantedBug.RoundedSoftmax,
            PlantedBug.MaskAfterSoftmax,
            PlantedBug.ScoresNotScaled, PlantedBug.ScoresScaledByWidth, PlantedBug.HeadsMergedWithoutTranspose,
            PlantedBug.NoOutputProjection),
    };

    public static readonly Requirement<LayerCase, SubjectLayer> ATT_05_Gradient = new()
    {
        Id = "ATT-05",
        Statement = "The gradients with respect to the input and the four projections equal the float64 oracle's.",
        Source = "Probe P-ORACLE; BUG-LOS-08; TOL-MODEL for one layer",
        CanonicalCases = LayerCase.Usual,
        PlanCases = LayerCase.FromPlanAtFullLength,
        Subject = SubjectLayer.Attention,
        Holds = (attention, c, at) =>
            GradientsEqual(attention, c, at, (oracle, x, upstream) => oracle.AttentionBackward(x, upstream)),
        Impostors = SubjectLayer.With(
            Layer,
            PlantedBug.ScoresDetached, PlantedBug.KeyValueHeadsTiled, PlantedBug.SlopesByKeyValueHead, PlantedBug.ScoresNotScaled,
            PlantedBug.NoOutputProjection, PlantedBug.SoftmaxOverQueries),
    };

    public static readonly Requirement<LayerCase, SubjectLayer> ATT_06_WeightsSumToOne = new()
    {
        Id = "ATT-06",
        Statement = "The weights of every query sum to exactly one over the keys it can see: if all values are equal, the output "
            + "is that value.",
        Source = "Vaswani et al. 2017, section 3.2.1; BUG-ATT-17 and BUG-NUM-08",
        CanonicalCases = LayerCase.Usual,
        PlanCases = LayerCase.FromPlan,
        Subject = SubjectLayer.Attention,
        Holds = (attention, c, at) =>
        {
            using var grad = no_grad();
            var x = c.Input(at).narrow(1, 0, 1).expand(c.Batch, c.Time, c.Width).contiguous();
            var y = attention.Forward(x).Doubles();
            var expected = new LayerOracle(c with { Time = 1 }, attention.Weights.Doubles()).Attention(
                c.Input(at).narrow(1, 0, 1).Doubles());
            double[] repeated = [.. expected.Chunk(c.Width).SelectMany(row => Enumerable.Repeat(row, c.Time).SelectMany(r => r))];
            return Verdict.AtMost(c.Allowed(at), y.RelativeTo(repeated), "max|Δ| ÷ max|y|");
        },
        Impostors = SubjectLayer.With(
            Layer, PlantedBug.SoftmaxOverQueries, PlantedBug.MaskAfterSoftmax, PlantedBug.RoundedSoftmax),
    };

    public static readonly Requirement<LayerCase, SubjectLayer> GQA_01_HeadOrder = new()
    {
        Id = "GQA-01",
        Statement = "Consecutive query heads share a key/value head: with 4 and 2 they read 0, 0, 1, 1.",
        Source = "BUG-GQA-01: axlearn PR #842, onnx PR #7274",
        CanonicalCases = [new(2, 5, 4, 2, 6), new(2, 5, 6, 3, 8, 40), new(1, 7, 8, 2, 4)],
        PlanCases = LayerCase.FromPlan,
        Subject = SubjectLayer.Attention,
        Holds = (attention, c, at) => Verdict.SameElements(
            [
                .. Enumerable
                    .Range(0, c.KeyValueHeads)
                    .Select(g =>
                        string.Join(", ", Enumerable.Range(g * c.Heads / c.KeyValueHeads, c.Heads / c.KeyValueHeads))),
            ],
            [.. QueryHeadsByKeyValueHead(attention, c, at).Select(heads => string.Join(", ", heads))],
            "readers of key/value head"),
        Impostors = SubjectLayer.With(
            Layer, PlantedBug.KeyValueHeadsTiled, PlantedBug.KeyValueHeadsOfNextGroup, PlantedBug.FirstKeyValueHeadOnly),
    };

    public static readonly Requirement<LayerCase, SubjectLayer> GQA_02_SlopePerQueryHead = new()
    {
        Id = "GQA-02",
        Statement = "Every query head has its own slope, in order: with zero queries, only the slopes determine the output.",
        Source = "BUG-GQA-07; Press et al. 2022, section 3",
        CanonicalCases = LayerCase.Usual,
        PlanCases = LayerCase.FromPlan,
        Subject = SubjectLayer.Attention,
        Holds = (attention, c, at) =>
        {
            attention.Set("attn.q_proj", w => zeros_like(w));
            attention.Set("attn.o_proj", w => eye(c.Width, dtype: float32, device: w.device));
            return EqualsOracle(attention, c, at);
        },
        Impostors = SubjectLayer.With(
            Layer,
            PlantedBug.SlopesByKeyValueHead, PlantedBug.NoAlibi, PlantedBug.SlopesFromZero, PlantedBug.AlibiSignFlipped,
            PlantedBug.KeyValueHeadsTiled),
    };

    public static readonly Requirement<LayerCase, SubjectLayer> GQA_03_AnySharing = new()
    {
        Id = "GQA-03",
        Statement = "One key/value head for all query heads, one for each, and everything between equal the float64 oracle.",
        Source = "BUG-GQA-03: broadcasting hides a missing repetition with one key/value head",
        CanonicalCases = [new(2, 6, 4, 1, 10), new(3, 5, 6, 2, 8, 40), new(2, 6, 4, 4, 10)],
        Subject = SubjectLayer.Attention,
        Holds = EqualsOracle,
        Impostors = SubjectLayer.With(
            Layer, PlantedBug.ScoresNotScaled, PlantedBug.ScoresScaledByWidth, PlantedBug.NoAlibi, PlantedBug.SeesOneAhead),
    };

    public static IReadOnlyList<Requirement> All =>
    [
        P26_Shape, P27_GroupSize, P28_ProjectionShapes, P29_Causal, ATT_04_Oracle, ATT_05_Gradient, ATT_06_WeightsSumToOne,
        GQA_01_HeadOrder, GQA_02_SlopePerQueryHead, GQA_03_AnySharing,
    ];

    /// <summary>Compares the gradients by input and projections with those of an oracle.</summary>
    internal static Verdict GradientsEqual(
        SubjectLayer layer,
        LayerCase c, Conditions at, Func<LayerOracle, double[], double[], Dictionary<string, double[]>> backward)
    {
        var (x, upstream) = (c.Input(at).detach().requires_grad_(), c.Input(at, salt: 22));
        (layer.Forward(x) * upstream).sum().backward();
        var expected = backward(new LayerOracle(c, layer.Weights.Doubles()), x.Doubles(), upstream.Doubles());
        return Verdict.All(expected.Select(e =>
        {
            using var gradient = (e.Key == "x" ? x : layer.Weights[$"layers.0.{e.Key}.weight"]).grad;
            return Verdict.AtMost(
                c.Allowed(at), gradient?.RelativeTo(e.Value) ?? double.NaN, $"gradient by {e.Key}, max|Δ| ÷ max|g|");
        }));
    }

    /// <summary>Creates impostors that apply a change to the correct result.</summary>
    internal static Impostors<LayerCase, SubjectLayer> Changed(
        Dictionary<string, Func<Tensor, LayerCase, Tensor>> changes, Func<LayerCase, Conditions, SubjectLayer>? real = null) =>
        Impostors<LayerCase, SubjectLayer>.Create(changes, change => (c, at) =>
        {
            var layer = (real ?? SubjectLayer.Attention)(c, at);
            return new(layer.Weights, x => change(layer.Forward(x), c));
        });

    private static Verdict EqualsOracle(SubjectLayer attention, LayerCase c, Conditions at)
    {
        using var grad = no_grad();
        var x = c.Input(at);
        return Verdict.AtMost(
            c.Allowed(at),
            attention.Forward(x).RelativeTo(new LayerOracle(c, attention.Weights.Doubles()).Attention(x.Doubles())),
            "max|Δ| ÷ max|y|");
    }

    // With the identity as output projection, a head writes its own slice; it reads a key/value head if the slice is
    // zero without that head's values.
    private static List<List<int>> QueryHeadsByKeyValueHead(SubjectLayer attention, LayerCase c, Conditions at)
    {
        using var grad = no_grad();
        attention.Set("attn.o_proj", w => eye(c.Width, dtype: float32, device: w.device));
        var values = attention.Weights["layers.0.attn.v_proj.weight"].clone();
        return [.. Enumerable.Range(0, c.KeyValueHeads).Select(g =>
        {
            attention.Set("attn.v_proj", _ =>
            {
                var changed = values.clone();
                changed.narrow(0, g * c.HeadSize, c.HeadSize).zero_();
                return changed;
            });
            var y = attention.Forward(c.Input(at));
            return Enumerable
                .Range(0, c.Heads)
                .Where(h => y.narrow(2, h * c.HeadSize, c.HeadSize).Doubles().All(v => v == 0))
                .ToList();
        })];
    }
}
