using TorchSharp;
using TurkishLlm.Model.Layers;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Model;

/// <summary>Normalizes a tensor over its last axis.</summary>
/// <param name="x"><c>[…, width]</c></param>
/// <param name="weight"><c>[width]</c></param>
/// <param name="eps">Added to the mean square.</param>
public delegate Tensor Norm(Tensor x, Tensor weight, double eps);

/// <summary>Shape and scale of the input of a norm.</summary>
/// <param name="Batch">Rows.</param>
/// <param name="Time">Positions.</param>
/// <param name="Width">Features.</param>
/// <param name="Scale">Standard deviation of the features.</param>
/// <param name="Epsilon">ε of the norm.</param>
public sealed record NormCase(int Batch, int Time, int Width, double Scale, double Epsilon = 1e-5)
{
    /// <summary>The width and ε of the run's model, with features near √ε, where ε matters.</summary>
    internal static IReadOnlyList<NormCase> FromPlan(Conditions at) =>
        [new(2, 3, at.Model.DModel, 3 * Math.Sqrt(at.Model.NormEps), at.Model.NormEps)];

    internal Tensor Input(Conditions at) => at.Normal(10, Scale, Batch, Time, Width);

    internal Tensor Weight(Conditions at) => at.Normal(11, 0.1, Width) + 1;
}

/// <summary>RMSNorm: P15–P18, NRM.</summary>
public static class NormSpec
{
    private static readonly IReadOnlyList<NormCase> Usual = [new(2, 5, 24, 0.003), new(3, 4, 40, 0.1, 2e-6)];

    public static readonly Requirement<NormCase, Norm> P15_Shape = new()
    {
        Id = "P15",
        Statement = "The output of a norm has the shape of its input.",
        Source = "Reference report, section 11, test 15",
        CanonicalCases = Usual,
        PlanCases = NormCase.FromPlan,
        Subject = Real,
        Holds = (norm, c, at) =>
            Verdict.Equal(c.Input(at).FormatShape(), norm(c.Input(at), c.Weight(at), c.Epsilon).FormatShape(), "shape"),
        Impostors = new()
        {
            ["joins batch and time"] = (_, _) => (x, w, eps) => Plain(x, w, eps).flatten(0, 1),
            ["returns only the scale"] = (_, _) => (x, _, eps) => (x.square().mean([-1], keepdim: true) + eps).rsqrt(),
            ["returns only the last position"] = (_, _) => (x, w, eps) => Plain(x, w, eps).narrow(1, x.size(1) - 1, 1),
        },
    };

    public static readonly Requirement<NormCase, Norm> P16_UnitScale = new()
    {
        Id = "P16",
        Statement = "With a weight of one, every output vector has a root mean square of √(m/(m+ε)), where m is the mean square "
            + "of the input.",
        Source = "Zhang & Sennrich 2019, arXiv:1910.07467, equation 4; reference report, section 11, test 16",
        CanonicalCases = Usual,
        PlanCases = NormCase.FromPlan,
        Subject = Real,
        Holds = (norm, c, at) =>
        {
            var x = c.Input(at);
            var squares = RowMeanSquares(x.Doubles(), c.Width);
            var normed = RowMeanSquares(norm(x, ones(c.Width, float32, at.Device), c.Epsilon).Doubles(), c.Width);
            if (squares.Length != normed.Length) return Verdict.Equal(squares.Length, normed.Length, "vectors");
            var worst = squares
                .Zip(normed, (before, after) => Math.Abs(Math.Sqrt(after * (before + c.Epsilon) / before) - 1))
                .Aggregate(0.0, Math.Max);
            return Verdict.AtMost(Tolerance.RmsNorm(ScalarType.Float32, c.Width), worst, "largest |RMS ÷ expected − 1|");
        },
        Impostors = new()
        {
            ["divides by the length"] = (_, _) => (x, w, eps) => x * (x.square().sum(-1, keepdim: true) + eps).rsqrt() * w,
            ["no root"] = (_, _) => (x, w, eps) => x / (x.square().mean([-1], keepdim: true) + eps) * w,
            ["mean square over time too"] = (_, _) => (x, w, eps) =>
                x * (x.square().mean([-2, -1], keepdim: true) + eps).rsqrt() * w,
            ["ε outside the root"] = (_, _) => EpsilonOutsideRoot,
        },
    };

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

    public static readonly Requirement<NormCase, Norm> P18_ZeroInput = new()
    {
        Id = "P18",
        Statement = "A zero vector stays zero, and the gradient at it is finite: the weight over √ε.",
        Source = "Reference report, section 11, test 18",
        CanonicalCases = [new(2, 3, 24, 0), new(1, 5, 40, 0, 1e-6)],
        PlanCases = at => [NormCase.FromPlan(at)[0] with { Scale = 0 }],
        Subject = Real,
        Holds = (norm, c, at) =>
        {
            var (x, w) = (zeros([c.Batch, c.Time, c.Width], float32, at.Device).requires_grad_(), c.Weight(at));
            var y = norm(x, w, c.Epsilon);
            var upstream = at.Normal(12, 1, c.Batch, c.Time, c.Width);
            (y * upstream).sum().backward();
            var expected = RmsNormOracle.Backward(x.Doubles(), w.Doubles(), c.Epsilon, upstream.Doubles()).X;
            return Verdict.All(
                Verdict.AtMost(0, y.Doubles().Select(Math.Abs).Aggregate(0.0, Math.Max), "largest |y|"),
                Verdict.AtMost(Tolerance.Model(ScalarType.Float32, 1, c.Width), x.grad!.RelativeTo(expected), "gradient"));
        },
        Impostors = new()
        {
            ["no ε"] = (_, _) => (x, w, _) => Plain(x, w, 0),
            ["ε added to the input"] = (_, _) => (x, w, eps) => Plain(x + eps, w, eps),
            ["ε outside the root"] = (_, _) => EpsilonOutsideRoot,
        },
    };

    public static readonly Requirement<NormCase, Norm> NRM_01_InputUntouched = new()
    {
        Id = "NRM-01",
        Statement = "A norm does not change its input: the residual stream keeps its bits.",
        Source = "BUG-NRM-01; GeeeekExplorer/nano-vllm #170",
        CanonicalCases = Usual,
        PlanCases = NormCase.FromPlan,
        Subject = Real,
        Holds = (norm, c, at) =>
        {
            using var grad = no_grad();
            var (x, before) = (c.Input(at), c.Input(at));
            norm(x, c.Weight(at), c.Epsilon);
            return Verdict.AtMost(0, x.LargestDifference(before), "largest change of the input");
        },
        Impostors = new()
        {
            ["scales in place"] = (_, _) => (x, w, eps) => x.mul_((x.square().mean([-1], keepdim: true) + eps).rsqrt()).mul(w),
            ["centers in place"] = (_, _) => (x, w, eps) => Plain(x.sub_(x.mean([-1], keepdim: true)), w, eps),
        },
    };

    public static readonly Requirement<NormCase, Norm> NRM_02_Oracle = new()
    {
        Id = "NRM-02",
        Statement = "Every element equals the float64 oracle, for large inputs and for inputs as small as √ε.",
        Source = "Zhang & Sennrich 2019, equation 4; BUG-NRM-05, BUG-NRM-06, BUG-NRM-07; TOL-NORM",
        CanonicalCases = Usual,
        PlanCases = NormCase.FromPlan,
        Subject = Real,
        Holds = (norm, c, at) =>
        {
            var (x, w) = (c.Input(at), c.Weight(at));
            return Verdict.AtMost(
                Tolerance.RmsNorm(ScalarType.Float32, c.Width),
                norm(x, w, c.Epsilon)
                    .ElementwiseRelativeTo(RmsNormOracle.Forward(x.Doubles(), w.Doubles(), c.Epsilon)),
                "largest relative difference");
        },
        Impostors = new()
        {
            ["subtracts the mean"] = (_, _) => (x, w, eps) => Plain(x - x.mean([-1], keepdim: true), w, eps),
            ["ε outside the root"] = (_, _) => EpsilonOutsideRoot,
            ["a different ε"] = (_, _) => (x, w, eps) => Plain(x, w, eps / 10),
            ["1 added to the weight"] = (_, _) => (x, w, eps) => Plain(x, w + 1, eps),
            ["no weight"] = (_, _) => (x, w, eps) => Plain(x, ones_like(w), eps),
            ["mean square over time too"] = (_, _) => (x, w, eps) =>
                x * (x.square().mean([-2, -1], keepdim: true) + eps).rsqrt() * w,
            ["statistics in bfloat16"] = (_, _) => (x, w, eps) =>
                x * (x.to(bfloat16).square().mean([-1], keepdim: true).to(float32) + eps).rsqrt() * w,
        },
    };

    public static readonly Requirement<NormCase, Norm> NRM_03_Gradient = new()
    {
        Id = "NRM-03",
        Statement = "The gradients with respect to input and weight equal the float64 oracle's.",
        Source = "BUG-LOS-08 and BUG-NUM-09; TOL-MODEL for one layer",
        CanonicalCases = Usual,
        PlanCases = NormCase.FromPlan,
        Subject = Real,
        Holds = (norm, c, at) =>
        {
            var (x, w) = (c.Input(at).requires_grad_(), c.Weight(at).detach().requires_grad_());
            var upstream = at.Normal(12, 1, c.Batch, c.Time, c.Width);
            (norm(x, w, c.Epsilon) * upstream).sum().backward();
            var (dx, dw) = RmsNormOracle.Backward(x.Doubles(), w.Doubles(), c.Epsilon, upstream.Doubles());
            var allowed = Tolerance.Model(ScalarType.Float32, 1, c.Width);
            return Verdict.All(
                Verdict.AtMost(allowed, x.grad is { } byInput ? byInput.RelativeTo(dx) : double.NaN, "gradient by the input"),
                Verdict.AtMost(allowed, w.grad is { } byWeight ? byWeight.RelativeTo(dw) : double.NaN, "gradient by the weight"));
        },
        Impostors = new()
        {
            ["statistics carry no gradient"] = (_, _) => (x, w, eps) =>
                x * (x.square().mean([-1], keepdim: true) + eps).rsqrt().detach() * w,
            ["weight carries no gradient"] = (_, _) => (x, w, eps) => Plain(x, w.detach(), eps),
            ["input carries no gradient"] = (_, _) => (x, w, eps) => Plain(x.detach(), w, eps),
        },
    };

    public static readonly Requirement<NormCase, Norm> NRM_04_OwnPositionOnly = new()
    {
        Id = "NRM-04",
        Statement = "The output at a position has the same bits regardless of what the other positions and rows contain.",
        Source = "BUG-NRM-07: the mean square over time leaks the future through one scalar",
        CanonicalCases = Usual,
        PlanCases = NormCase.FromPlan,
        Subject = Real,
        Holds = (norm, c, at) =>
        {
            var (x, w) = (c.Input(at), c.Weight(at));
            var other = at.Normal(13, c.Scale, c.Batch, c.Time, c.Width);
            other[0, 0] = x[0, 0];
            return Verdict.AtMost(
                0, norm(x, w, c.Epsilon)[0, 0].LargestDifference(norm(other, w, c.Epsilon)[0, 0]),
                "largest change at the position");
        },
        Impostors = new()
        {
            ["mean square over time too"] = (_, _) => (x, w, eps) =>
                x * (x.square().mean([-2, -1], keepdim: true) + eps).rsqrt() * w,
            ["mean square over the batch too"] = (_, _) => (x, w, eps) =>
                x * (x.square().mean([0, -1], keepdim: true) + eps).rsqrt() * w,
            ["mean square over time instead of features"] = (_, _) => (x, w, eps) =>
                x * (x.square().mean([-2], keepdim: true) + eps).rsqrt() * w,
        },
    };

    public static IReadOnlyList<Requirement> All =>
        [
            P15_Shape, P16_UnitScale, P17_Parameters, P18_ZeroInput, NRM_01_InputUntouched, NRM_02_Oracle, NRM_03_Gradient,
            NRM_04_OwnPositionOnly,
        ];

    private static Norm Real(NormCase c, Conditions at) => (x, weight, eps) => new RmsNorm(weight, eps).Forward(x);

    private static Tensor Plain(Tensor x, Tensor weight, double eps) =>
        x / (x.square().mean([-1], keepdim: true) + eps).sqrt() * weight;

    private static Tensor EpsilonOutsideRoot(Tensor x, Tensor weight, double eps) =>
        x / (x.square().mean([-1], keepdim: true).sqrt() + eps) * weight;

    private static double[] RowMeanSquares(double[] values, int width) =>
        [.. values.Chunk(width).Select(row => row.Average(v => v * v))];
}
