using TorchSharp;
using TurkishLlm.Specification.LanguageModels.Oracles;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Functions;

/// <summary>The requirements of LayerNorm: LNM-01 … LNM-04. All products are float32.</summary>
public static class LayerNormRequirements
{
    private const string Paper = "Ba et al. 2016, arXiv:1607.06450, equation 3";

    private static IReadOnlyList<LayerNormCase> Usual { get; } = [new(2, 5, 24, 0.003), new(3, 4, 40, 0.8, 2e-2)];

    /// <summary>LNM-01.</summary>
    public static Requirement<LayerNormCase, LayerNorm> InputUntouched { get; } = new()
    {
        Id = "LNM-01",
        Statement = "A LayerNorm does not change its input: the residual stream keeps its bits.",
        Source = "BUG-NRM-01; GeeeekExplorer/nano-vllm #170",
        CanonicalCases = Usual,
        Subject = Plain,
        Holds = (norm, c, at) =>
        {
            using var grad = no_grad();
            var (x, before) = (c.Input(at), c.Input(at));
            norm(x, c.Weight(at), c.Bias(at), c.Epsilon);
            return Verdict.AtMost(0, x.LargestDifference(before), "largest change of the input");
        },
        Impostors = new()
        {
            ["centers in place"] = (_, _) => (x, w, b, eps) => Scale(x.sub_(x.mean([-1], keepdim: true)), w, b, eps),
            ["scales in place"] = (_, _) => (x, w, b, eps) => Scale(x.mul_(2), w, b, 4 * eps),
        },
    };

    /// <summary>LNM-02.</summary>
    public static Requirement<LayerNormCase, LayerNorm> Oracle { get; } = new()
    {
        Id = "LNM-02",
        Statement = "Every element equals the float64 oracle, for large inputs and for inputs as small as √ε.",
        Source = Paper + "; BUG-NRM-05 … BUG-NRM-07; TOL-LAYERNORM",
        CanonicalCases = Usual,
        Subject = Plain,
        Holds = (norm, c, at) =>
        {
            var (x, w, b) = (c.Input(at), c.Weight(at), c.Bias(at));
            var expected = LayerNormOracle.Forward(x.Doubles(), w.Doubles(), b.Doubles(), c.Epsilon);
            var scale = LayerNormOracle.Scale(x.Doubles(), w.Doubles(), b.Doubles(), c.Epsilon);
            var actual = norm(x, w, b, c.Epsilon).Doubles();
            if (actual.Length != expected.Length) return Verdict.Equal(expected.Length, actual.Length, "elements");
            var worst = actual.Select((value, i) => Math.Abs(value - expected[i]) / scale[i]).Aggregate(0.0, Math.Max);
            return Verdict.AtMost(Tolerance.LayerNorm(c.Width), worst, "largest |Δ| ÷ scale of the rounding errors");
        },
        Impostors = new()
        {
            ["does not subtract the mean"] = (_, _) => (x, w, b, eps) =>
                x * (x.square().mean([-1], keepdim: true) + eps).rsqrt() * w + b,
            ["variance around zero"] = (_, _) => (x, w, b, eps) =>
                Center(x) * (x.square().mean([-1], keepdim: true) + eps).rsqrt() * w + b,
            ["variance divided by the width minus 1"] = (_, _) => (x, w, b, eps) =>
                Center(x) * (Center(x).square().sum(-1, keepdim: true) / (x.size(-1) - 1) + eps).rsqrt() * w + b,
            ["ε outside the root"] = (_, _) => (x, w, b, eps) =>
                Center(x) / (Center(x).square().mean([-1], keepdim: true).sqrt() + eps) * w + b,
            ["a different ε"] = (_, _) => (x, w, b, eps) => Scale(x, w, b, eps / 10),
            ["no weight"] = (_, _) => (x, w, b, eps) => Scale(x, ones_like(w), b, eps),
            ["no bias"] = (_, _) => (x, w, b, eps) => Scale(x, w, zeros_like(b), eps),
            ["1 added to the weight"] = (_, _) => (x, w, b, eps) => Scale(x, w + 1, b, eps),
            ["bias scaled by the weight"] = (_, _) => (x, w, b, eps) => Scale(x, w, b * w, eps),
            ["statistics in bfloat16"] = (_, _) => (x, w, b, eps) =>
                Center(x) * (Center(x).to(bfloat16).square().mean([-1], keepdim: true).to(float32) + eps).rsqrt() * w + b,
        },
    };

    /// <summary>LNM-03.</summary>
    public static Requirement<LayerNormCase, LayerNorm> Gradient { get; } = new()
    {
        Id = "LNM-03",
        Statement = "The gradients with respect to input, weight and bias equal the float64 oracle's.",
        Source = Paper + "; BUG-LOS-08 and BUG-NUM-09; TOL-MODEL for one layer",
        CanonicalCases = Usual,
        Subject = Plain,
        Holds = (norm, c, at) =>
        {
            Tensor[] inputs = [c.Input(at), c.Weight(at), c.Bias(at)];
            foreach (var input in inputs) input.requires_grad_();
            var upstream = at.Normal(12, 1, c.Batch, c.Time, c.Width);
            (norm(inputs[0], inputs[1], inputs[2], c.Epsilon) * upstream).sum().backward();
            var (x, weight, bias) = LayerNormOracle.Backward(
                inputs[0].Doubles(), inputs[1].Doubles(), c.Epsilon, upstream.Doubles());
            var allowed = Tolerance.Model(ScalarType.Float32, 1, c.Width);
            return Verdict.All(new[] { ("input", x), ("weight", weight), ("bias", bias) }.Select((expected, i) => Verdict.AtMost(
                allowed, inputs[i].grad is { } gradient ? gradient.RelativeTo(expected.Item2) : double.NaN,
                $"gradient by the {expected.Item1}")));
        },
        Impostors = new()
        {
            ["the mean carries no gradient"] = (_, _) => (x, w, b, eps) =>
                (x - x.mean([-1], keepdim: true).detach())
                * (Center(x).square().mean([-1], keepdim: true) + eps).rsqrt() * w + b,
            ["the variance carries no gradient"] = (_, _) => (x, w, b, eps) =>
                Center(x) * (Center(x).square().mean([-1], keepdim: true) + eps).rsqrt().detach() * w + b,
            ["weight carries no gradient"] = (_, _) => (x, w, b, eps) => Scale(x, w.detach(), b, eps),
            ["bias carries no gradient"] = (_, _) => (x, w, b, eps) => Scale(x, w, b.detach(), eps),
            ["input carries no gradient"] = (_, _) => (x, w, b, eps) => Scale(x.detach(), w, b, eps),
        },
    };

    /// <summary>LNM-04.</summary>
    public static Requirement<LayerNormCase, LayerNorm> OwnPositionOnly { get; } = new()
    {
        Id = "LNM-04",
        Statement = "The output at a position has the same bits regardless of what the other positions and rows contain.",
        Source = "BUG-NRM-07: statistics over time leak the future through two scalars",
        CanonicalCases = Usual,
        Subject = Plain,
        Holds = (norm, c, at) =>
        {
            var (x, other) = (c.Input(at), c.Input(at, salt: 13));
            other[0, 0] = x[0, 0];
            return Verdict.AtMost(
                0,
                norm(x, c.Weight(at), c.Bias(at), c.Epsilon)[0, 0]
                    .LargestDifference(norm(other, c.Weight(at), c.Bias(at), c.Epsilon)[0, 0]),
                "largest change at the position");
        },
        Impostors = new()
        {
            ["statistics over time too"] = OverAxes(-2, -1),
            ["statistics over the batch too"] = OverAxes(0, -1),
            ["statistics over time instead of features"] = OverAxes(-2),
        },
    };

    /// <summary>All of them, in the order of their ids; their subject is a norm of plain operators.</summary>
    public static IReadOnlyList<Requirement<LayerNormCase, LayerNorm>> All { get; } =
        [InputUntouched, Oracle, Gradient, OwnPositionOnly];

    private static LayerNorm Plain(LayerNormCase c, Conditions at) => Scale;

    private static Tensor Scale(Tensor x, Tensor weight, Tensor bias, double eps) =>
        Center(x) * (Center(x).square().mean([-1], keepdim: true) + eps).rsqrt() * weight + bias;

    private static Tensor Center(Tensor x) => x - x.mean([-1], keepdim: true);

    private static Func<LayerNormCase, Conditions, LayerNorm> OverAxes(params long[] axes) => (_, _) => (x, w, b, eps) =>
    {
        var centered = x - x.mean(axes, keepdim: true);
        return centered * (centered.square().mean(axes, keepdim: true) + eps).rsqrt() * w + b;
    };
}
