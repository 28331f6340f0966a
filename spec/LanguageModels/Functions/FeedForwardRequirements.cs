using TurkishLlm.Specification.LanguageModels.Oracles;
using TurkishLlm.Specification.LanguageModels.Reference;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TurkishLlm.Specification.LanguageModels.Functions;

/// <summary>The requirements of a feed-forward network with SwiGLU: P30, P31, FFN.</summary>
public static class FeedForwardRequirements
{
    /// <summary>P30.</summary>
    public static Requirement<LayerCase, SubjectLayer> Shape { get; } = new()
    {
        Id = "P30",
        Statement = "The output of the feed-forward network has the shape of the residual stream: [batch, time, width].",
        Source = "Reference report, section 11, test 30",
        CanonicalCases = LayerCase.Usual,
        Subject = LayerImpostors.FeedForward(),
        Holds = (network, c, at) => Verdict.Equal(c.Input(at).FormatShape(), network.Forward(c.Input(at)).FormatShape(), "shape"),
        Impostors = LayerImpostors.Changed(LayerImpostors.FeedForward(), new()
        {
            ["joins batch and time"] = (y, _) => y.flatten(0, 1),
            ["time before batch"] = (y, _) => y.transpose(0, 1),
            ["one sum per position"] = (y, _) => y.sum(-1, keepdim: true),
        }),
    };

    /// <summary>P31.</summary>
    public static Requirement<LayerCase, SubjectLayer> ThreeProjections { get; } = new()
    {
        Id = "P31",
        Statement = "All three projections are used: setting any of them to zero gives an output of zero, and each has its own "
            + "gradient.",
        Source = "Shazeer 2020, arXiv:2002.05202, equation 6; BUG-NRM-10, BUG-NRM-11",
        CanonicalCases = LayerCase.Usual,
        Subject = LayerImpostors.FeedForward(),
        Holds = (network, c, at) =>
        {
            var x = c.Input(at);
            string[] names = ["ffn.gate_proj", "ffn.up_proj", "ffn.down_proj"];
            return Verdict.All(names.SelectMany<string, Verdict>(name =>
            {
                var original = network.Weights[name].detach().clone();
                network.Weights.ClearGradients();
                network.Forward(x).square().sum().backward();
                using var gradient = network.Weights[name].grad;
                var size = gradient?.Doubles().Select(Math.Abs).Aggregate(0.0, Math.Max) ?? 0;
                network.Weights.Set(name, w => zeros_like(w));
                var silenced = network.Forward(x).Doubles().Select(Math.Abs).Aggregate(0.0, Math.Max);
                network.Weights.Set(name, _ => original);
                return
                [
                    Verdict.AtLeast(1e-6, size, $"largest gradient of {name}"),
                    Verdict.AtMost(0, silenced, $"largest output without {name}"),
                ];
            }));
        },
        Impostors = new(
            LayerImpostors.OfFeedForward(LayerBug.UpUnused, LayerBug.SigmoidGate))
        {
            ["gate unused"] = FromFormula((_, up) => up),
            ["gate added"] = FromFormula((gate, up) => functional.silu(gate) + up),
        },
    };

    /// <summary>FFN-01.</summary>
    public static Requirement<LayerCase, SubjectLayer> Oracle { get; } = new()
    {
        Id = "FFN-01",
        Statement = "The network equals the float64 oracle.",
        Source = "Probe P-ORACLE; Shazeer 2020, equation 6; BUG-NRM-10; TOL-MODEL for one layer",
        CanonicalCases = LayerCase.Usual,
        Subject = LayerImpostors.FeedForward(),
        Holds = (network, c, at) =>
        {
            using var grad = no_grad();
            var x = c.Input(at);
            return Verdict.AtMost(
                c.Allowed(at),
                network.Forward(x).RelativeTo(new LayerOracle(c, network.Weights.Doubles()).FeedForward(x.Doubles())),
                "max|Δ| ÷ max|y|");
        },
        Impostors = LayerImpostors.OfFeedForward(
            LayerBug.GateAndUpSwapped, LayerBug.UpUnused, LayerBug.GeluForSilu, LayerBug.SigmoidGate,
            LayerBug.SiluOfProduct),
    };

    /// <summary>FFN-02.</summary>
    public static Requirement<LayerCase, SubjectLayer> Gradient { get; } = new()
    {
        Id = "FFN-02",
        Statement = "The gradients with respect to the input and the three projections equal the float64 oracle's.",
        Source = "Probe P-ORACLE; BUG-NUM-09; TOL-MODEL for one layer",
        CanonicalCases = LayerCase.Usual,
        Subject = LayerImpostors.FeedForward(),
        Holds = (network, c, at) =>
            LayerComparison.GradientsEqual(
                network, c, at, alibi: false, (oracle, x, upstream) => oracle.FeedForwardBackward(x, upstream)),
        Impostors = new(
            LayerImpostors.OfFeedForward(
                LayerBug.GateAndUpSwapped, LayerBug.UpUnused, LayerBug.GeluForSilu, LayerBug.SiluOfProduct))
        {
            ["the gate carries no gradient"] = FromFormula(
                (gate, up) => functional.silu(gate).detach() * up),
            ["the slope of SiLU is its sigmoid"] = FromFormula(
                (gate, up) => gate * gate.sigmoid().detach() * up),
        },
    };

    /// <summary>All of them, in the order of their ids; their subject is a network of plain operators.</summary>
    public static IReadOnlyList<Requirement<LayerCase, SubjectLayer>> All { get; } =
        [Shape, ThreeProjections, Oracle, Gradient];

    // Creates a network from a formula of W_gate x and W_up x.
    private static Func<LayerCase, Conditions, SubjectLayer> FromFormula(Func<Tensor, Tensor, Tensor> combine) => (c, at) =>
    {
        var weights = c.CreateWeights(at);
        return new(weights, x =>
        {
            Tensor Project(Tensor input, Tensor weight) => Products.Linear(input, weight, at.NumberType);
            return Project(combine(Project(x, weights.Gate), Project(x, weights.Up)), weights.Down);
        });
    };
}
