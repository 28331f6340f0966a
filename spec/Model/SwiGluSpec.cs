using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Impostors;
using TurkishLlm.Spec.Plans;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Model;

/// <summary>The feed-forward network: P30–P32, FFN.</summary>
public static class SwiGluSpec
{
    private static readonly Func<PlantedModel, Tensor, Tensor> Layer = (model, x) => model.FeedForward(x, 0);

    public static readonly Requirement<LayerCase, SubjectLayer> P30_Shape = new()
    {
        Id = "P30",
        Statement = "The output of the feed-forward network has the shape of the residual stream: [batch, time, width].",
        Source = "Reference report, section 11, test 30",
        CanonicalCases = LayerCase.Usual,
        PlanCases = LayerCase.FromPlan,
        Subject = SubjectLayer.FeedForward,
        Holds = (network, c, at) => Verdict.Equal(c.Input(at).FormatShape(), network.Forward(c.Input(at)).FormatShape(), "shape"),
        Impostors = AttentionSpec.Changed(new()
        {
            ["joins batch and time"] = (y, _) => y.flatten(0, 1),
            ["time before batch"] = (y, _) => y.transpose(0, 1),
            ["one sum per position"] = (y, _) => y.sum(-1, keepdim: true),
        }, SubjectLayer.FeedForward),
    };

    public static readonly Requirement<LayerCase, SubjectLayer> P31_ThreeProjections = new()
    {
        Id = "P31",
        Statement = "All three projections are used: setting any of them to zero gives an output of zero, and each has its own "
            + "gradient.",
        Source = "Shazeer 2020, arXiv:2002.05202, equation 6; BUG-NRM-10, BUG-NRM-11",
        CanonicalCases = LayerCase.Usual,
        PlanCases = LayerCase.FromPlan,
        Subject = SubjectLayer.FeedForward,
        Holds = (network, c, at) =>
        {
            var x = c.Input(at);
            string[] names = ["ffn.gate_proj", "ffn.up_proj", "ffn.down_proj"];
            return Verdict.All(names.SelectMany<string, Verdict>(name =>
            {
                var original = network.Weights[$"layers.0.{name}.weight"].detach().clone();
                network.Weights.ClearGradients();
                network.Forward(x).square().sum().backward();
                using var gradient = network.Weights[$"layers.0.{name}.weight"].grad;
                var size = gradient?.Doubles().Max(Math.Abs) ?? 0;
                network.Set(name, w => zeros_like(w));
                var silenced = network.Forward(x).Doubles().Max(Math.Abs);
                network.Set(name, _ => original);
                return
                [
                    Verdict.AtLeast(1e-6, size, $"largest gradient of {name}"),
                    Verdict.AtMost(0, silenced, $"largest output without {name}"),
                ];
            }));
        },
        Impostors = new(
            SubjectLayer.With(Layer, PlantedBug.UpUnused, PlantedBug.SigmoidGate))
        {
            ["gate unused"] = FromFormula((x, gate, up, down) => up.CheckedMatmul(down)),
            ["gate added"] = FromFormula((x, gate, up, down) => (nn.functional.silu(gate) + up).CheckedMatmul(down)),
        },
    };

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

    public static readonly Requirement<LayerCase, SubjectLayer> FFN_01_Oracle = new()
    {
        Id = "FFN-01",
        Statement = "The network equals the float64 oracle.",
        Source = "Probe P-ORACLE; Shazeer 2020, equation 6; BUG-NRM-10; TOL-MODEL for one layer",
        CanonicalCases = LayerCase.Usual,
        PlanCases = LayerCase.FromPlanAtFullLength,
        Subject = SubjectLayer.FeedForward,
        Holds = (network, c, at) =>
        {
            using var grad = no_grad();
            var x = c.Input(at);
            return Verdict.AtMost(
                c.Allowed(at),
                network.Forward(x).RelativeTo(new LayerOracle(c, network.Weights.Doubles()).FeedForward(x.Doubles())),
                "max|Δ| ÷ max|y|");
        },
        Impostors = SubjectLayer.With(
            Layer,
            PlantedBug.GateAndUpSwapped, PlantedBug.UpUnused, PlantedBug.GeluForSilu, PlantedBug.SigmoidGate,
            PlantedBug.SiluOfProduct),
    };

    public static readonly Requirement<LayerCase, SubjectLayer> FFN_02_Gradient = new()
    {
        Id = "FFN-02",
        Statement = "The gradients with respect to the input and the three projections equal the float64 oracle's.",
        Source = "Probe P-ORACLE; BUG-NUM-09; TOL-MODEL for one layer",
        CanonicalCases = LayerCase.Usual,
        PlanCases = LayerCase.FromPlanAtFullLength,
        Subject = SubjectLayer.FeedForward,
        Holds = (network, c, at) =>
            AttentionSpec.GradientsEqual(network, c, at, (oracle, x, upstream) => oracle.FeedForwardBackward(x, upstream)),
        Impostors = new(
            SubjectLayer.With(
                Layer, PlantedBug.GateAndUpSwapped, PlantedBug.UpUnused, PlantedBug.GeluForSilu, PlantedBug.SiluOfProduct))
        {
            ["the gate carries no gradient"] = FromFormula(
                (x, gate, up, down) => (nn.functional.silu(gate).detach() * up).CheckedMatmul(down)),
            ["the slope of SiLU is its sigmoid"] = FromFormula(
                (x, gate, up, down) => (gate * gate.sigmoid().detach() * up).CheckedMatmul(down)),
        },
    };

    public static IReadOnlyList<Requirement> All =>
        [P30_Shape, P31_ThreeProjections, P32_Parameters, FFN_01_Oracle, FFN_02_Gradient];

    // Creates a network from a formula of x, W_gate x, W_up x and W_downᵀ.
    private static Func<LayerCase, Conditions, SubjectLayer> FromFormula(Func<Tensor, Tensor, Tensor, Tensor, Tensor> network) =>
        (c, at) =>
    {
        var weights = ModelCase.Weights(c.Config, at);
        return new(weights, x => network(
            x, MatrixProduct.Linear(x, weights["layers.0.ffn.gate_proj.weight"], at.ComputeType),
            MatrixProduct.Linear(x, weights["layers.0.ffn.up_proj.weight"], at.ComputeType),
            weights["layers.0.ffn.down_proj.weight"].t()));
    };
}
